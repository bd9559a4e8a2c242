"""Draw score curves, annotated videos, a table and a review page from a scores file."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.report')

if __name__ == '__main__':
    sys.exit(main())
