"""Necks between features and head."""
