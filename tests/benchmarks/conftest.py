"""The benchmarks import each other by name, as they do when one of them is run."""

import sys

from toy_data import REPOSITORY

sys.path.insert(0, str(REPOSITORY / 'benchmarks'))
