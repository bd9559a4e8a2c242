"""Draw score curves, annotated videos, a table and a review page from a scores file."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.report'))
