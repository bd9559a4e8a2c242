"""Extract the features of videos: a folder, a .txt list, or one file."""

import sys

from mmvad.cli.extract import main

if __name__ == '__main__':
    sys.exit(main())
