"""Make a table or figure of the paper."""

import sys

from mmvad.cli.paper import main

if __name__ == '__main__':
    sys.exit(main())
