"""Choose a detector's threshold from normal videos at a target rate of false alarms."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.calibrate'))
