"""Walk the data sets of a config before training; print every problem and exit with 1 if any."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.check_data')

if __name__ == '__main__':
    sys.exit(main())
