"""Scored videos: what they are, how scores become events, how they are stored and calibrated."""
