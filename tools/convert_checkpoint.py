"""Convert a released checkpoint to the names of mmvad's modules."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.convert_checkpoint'))
