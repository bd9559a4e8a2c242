"""Make the annotation files of UCF-Crime from the official lists."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.prepare.ucf_crime'))
