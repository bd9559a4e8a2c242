"""Planted feature sets and the heads that are measured on them."""
