"""Train a detector."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.train')

if __name__ == '__main__':
    sys.exit(main())
