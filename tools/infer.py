"""Score videos, a folder of them, feature files or a live source."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.infer'))
