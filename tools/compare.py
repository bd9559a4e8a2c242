"""Compare detectors on the same test videos."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.compare')

if __name__ == '__main__':
    sys.exit(main())
