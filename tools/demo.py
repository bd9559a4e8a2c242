"""Render made-up surveillance scenes, extract, train, test, and draw what came out."""

import sys

from mmvad.cli.demo import main

if __name__ == '__main__':
    sys.exit(main())
