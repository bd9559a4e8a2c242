"""Walk the data sets of a config before training; print every problem and exit with 1 if any."""

import sys

from mmvad.cli.check_data import main

if __name__ == '__main__':
    sys.exit(main())
