"""Convert a released checkpoint to the names of mmvad's modules."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.convert_checkpoint')

if __name__ == '__main__':
    sys.exit(main())
