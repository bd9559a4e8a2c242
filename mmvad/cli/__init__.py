"""The commands: argument parsing, one module a command."""
