"""Convert a released checkpoint, or published features, to the form that mmvad reads."""

import sys
from collections.abc import Sequence

from mmvad.cli.commands import run_command

KINDS = {
    'checkpoint': ('mmvad.cli.convert_checkpoint', "A released checkpoint, to mmvad's names."),
    'features': ('mmvad.cli.convert_features', 'Pickled or text features, to .npy.'),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Convert one of `KINDS`.

    Args:
        argv: What it is and the arguments; where it is not said, it is a checkpoint. None takes
            those of the process.

    Returns:
        Exit status; 2 for bad input.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    if argv and argv[0] not in KINDS and not argv[0].startswith('-'):
        argv.insert(0, 'checkpoint')
    return run_command(argv, 'mmvad convert', __doc__, KINDS)
