"""Evaluate a scores file."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.evaluate'))
