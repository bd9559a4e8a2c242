"""Compare detectors on the same test videos."""

import sys

from mmvad.cli.compare import main

if __name__ == '__main__':
    sys.exit(main())
