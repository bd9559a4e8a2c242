"""A project folder: one's own videos, from a label table to a trained detector."""
