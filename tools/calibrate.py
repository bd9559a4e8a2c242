"""Choose a detector's threshold from normal videos at a target rate of false alarms."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.calibrate')

if __name__ == '__main__':
    sys.exit(main())
