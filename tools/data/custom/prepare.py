"""Make the annotation file of one split of your own videos from a table or from lines."""

import sys

from mmvad.cli.prepare.custom import main

if __name__ == '__main__':
    sys.exit(main())
