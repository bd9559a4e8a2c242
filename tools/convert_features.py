"""Convert a pickled object array of features, as some published files are, to a plain .npy file."""

import sys

from mmvad.cli.convert_features import main

if __name__ == '__main__':
    sys.exit(main())
