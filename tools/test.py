"""Test a checkpoint on the test set."""

import sys

from mmvad.cli.test import main

if __name__ == '__main__':
    sys.exit(main())
