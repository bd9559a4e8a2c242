"""Draw score curves, annotated videos, a table and a review page from a scores file."""

import sys

from mmvad.cli.report import main

if __name__ == '__main__':
    sys.exit(main())
