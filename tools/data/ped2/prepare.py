"""Make the annotation files of UCSD Ped2 from the published lists and frame labels."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.prepare.ped2'))
