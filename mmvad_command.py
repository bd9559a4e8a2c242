"""Entry point of the command ``mmvad`` and of ``tools/``: it starts without PyTorch.

It stands outside of the package because it runs before ``import mmvad``, which registers every
component unless `starts_light` is set.
"""

import importlib
import sys
from collections.abc import Sequence

starts_light = False  # set by a command that is about to run, never by importing this


def main() -> int:
    """Run the command ``mmvad`` and give its exit status."""
    return run('mmvad.cli.main')


def run(module: str, argv: Sequence[str] | None = None) -> int:
    """Run one module of ``mmvad.cli``.

    Args:
        module: Its dotted name.
        argv: Arguments; None takes those of the process.

    Returns:
        Its exit status.
    """
    global starts_light  # noqa: PLW0603
    # `python -m mmvad_command` runs this file as __main__, where mmvad does not look
    sys.modules.setdefault('mmvad_command', sys.modules[__name__])
    starts_light = True
    return importlib.import_module(module).main(argv)


if __name__ == '__main__':
    sys.exit(main())
