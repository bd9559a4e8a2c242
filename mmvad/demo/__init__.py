"""The demo: scenes that are rendered, with known events."""
