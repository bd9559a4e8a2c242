"""Score videos, a folder of them, feature files or a live source."""

import argparse
import sys

from mmvad.apis.inference_tool import (
    add_inference_arguments,
    run_inference,
    terminate_like_interrupt,
)
from mmvad.fileio import printable


def main(argv: list[str] | None = None) -> int:
    """Parse and run.

    Returns:
        Exit status: 1 where an input failed; 2 where the run could not be begun, or its outputs not
        be written; 130 for an interrupt, which is the usual end of a live source and 0 there.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'inputs', nargs='+', help='videos, .npy features, folders, .txt lists, addresses'
    )
    add_inference_arguments(parser)
    args = parser.parse_args(argv)
    with terminate_like_interrupt():
        try:
            return run_inference(args)
        except (ValueError, OSError) as error:
            print(printable(f'{parser.prog}: error: {error}'), file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print(f'{parser.prog}: interrupted; what was scored is kept', file=sys.stderr)
            return 130


if __name__ == '__main__':
    sys.exit(main())
