"""Test a checkpoint on the test set."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.test')

if __name__ == '__main__':
    sys.exit(main())
