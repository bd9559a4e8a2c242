"""Translate each data set's own lists and annotations into annotation files."""
