"""Make the annotation files of XD-Violence from the feature lists and temporal annotations."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.prepare.xd_violence')

if __name__ == '__main__':
    sys.exit(main())
