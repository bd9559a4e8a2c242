"""Command lines, one module a command; `mmvad.cli.main` is the entry point ``mmvad``."""
