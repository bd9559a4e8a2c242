"""Runner, hooks and optimiser wrappers."""
