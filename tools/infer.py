"""Score videos, a folder of them, feature files or a live source."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.infer')

if __name__ == '__main__':
    sys.exit(main())
