"""The command lines, one module a command; ``tools/*.py`` are thin files over them."""
