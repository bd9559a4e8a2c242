"""Make a table or figure of the paper."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.paper')

if __name__ == '__main__':
    sys.exit(main())
