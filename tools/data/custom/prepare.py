"""Make the annotation file of one split of your own videos from a table or from lines."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.prepare.custom'))
