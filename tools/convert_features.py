"""Convert a pickled object array of features, as some published files are, to a plain .npy file."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.convert_features'))
