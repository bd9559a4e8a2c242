"""Make the annotation files of UCSD Ped2 from the published lists and frame labels."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.prepare.ped2')

if __name__ == '__main__':
    sys.exit(main())
