"""Make the annotation file of one split of your own videos from a table or from lines."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.prepare.custom')

if __name__ == '__main__':
    sys.exit(main())
