"""Extract the features of videos: a folder, a .txt list, or one file."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.extract')

if __name__ == '__main__':
    sys.exit(main())
