"""Video anomaly data sets, feature files, samplers."""
