"""From video files to feature files: network, settings, run."""
