"""Train a detector."""

import sys

from mmvad.cli.train import main

if __name__ == '__main__':
    sys.exit(main())
