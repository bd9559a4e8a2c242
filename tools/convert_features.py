"""Convert a pickled object array of features, as some published files are, to a plain .npy file."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.convert_features')

if __name__ == '__main__':
    sys.exit(main())
