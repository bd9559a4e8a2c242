"""Programming interfaces: score videos and streams, export detectors."""
