"""Frame-level metrics for the mmengine runner."""
