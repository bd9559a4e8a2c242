"""Evaluate a scores file."""

import sys

from mmvad.cli.evaluate import main

if __name__ == '__main__':
    sys.exit(main())
