"""Frame-level metrics as pure numpy functions."""
