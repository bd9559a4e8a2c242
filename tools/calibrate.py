"""Choose a detector's threshold from normal videos at a target rate of false alarms."""

import sys

from mmvad.cli.calibrate import main

if __name__ == '__main__':
    sys.exit(main())
