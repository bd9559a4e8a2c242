"""The demo: rendered scenes with known events, from video to review page."""
