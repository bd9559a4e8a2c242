"""The paper's tables and figures, from trained systems."""
