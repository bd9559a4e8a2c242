"""Make the annotation files of UCF-Crime from the official lists."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.prepare.ucf_crime')

if __name__ == '__main__':
    sys.exit(main())
