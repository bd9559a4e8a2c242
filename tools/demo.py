"""Render made-up surveillance scenes, extract, train, test, and draw what came out."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.demo')

if __name__ == '__main__':
    sys.exit(main())
