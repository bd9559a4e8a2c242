"""Make the annotation files of XD-Violence from the feature lists and temporal annotations."""

import sys

from mmvad.cli.prepare.xd_violence import main

if __name__ == '__main__':
    sys.exit(main())
