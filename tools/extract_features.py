"""Extract the features of videos: a folder, a .txt list, or one file."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.extract'))
