"""Score videos, a folder of them, feature files or a live source."""

import sys

from mmvad.cli.infer import main

if __name__ == '__main__':
    sys.exit(main())
