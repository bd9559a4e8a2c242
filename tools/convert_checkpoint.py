"""Convert a released checkpoint to the names of mmvad's modules."""

import sys

from mmvad.cli.convert_checkpoint import main

if __name__ == '__main__':
    sys.exit(main())
