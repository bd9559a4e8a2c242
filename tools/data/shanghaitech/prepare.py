"""Make the annotation files of ShanghaiTech from the weakly supervised split and the masks."""

import sys

from mmvad.cli.prepare.shanghaitech import main

if __name__ == '__main__':
    sys.exit(main())
