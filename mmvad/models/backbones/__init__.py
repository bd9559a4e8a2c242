"""Backbones that MMAction2 lacks."""
