"""Make the annotation files of UCSD Ped2 from the published lists and frame labels."""

import sys

from mmvad.cli.prepare.ped2 import main

if __name__ == '__main__':
    sys.exit(main())
