"""Make the annotation files of UCF-Crime from the official lists."""

import sys

from mmvad.cli.prepare.ucf_crime import main

if __name__ == '__main__':
    sys.exit(main())
