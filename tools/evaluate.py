"""Evaluate a scores file."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.evaluate')

if __name__ == '__main__':
    sys.exit(main())
