"""Walk the data sets of a config before training; print every problem and exit with 1 if any."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.check_data'))
