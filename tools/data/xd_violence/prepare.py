"""Make the annotation files of XD-Violence from the feature lists and temporal annotations."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.prepare.xd_violence'))
