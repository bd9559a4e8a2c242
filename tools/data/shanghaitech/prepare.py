"""Make the annotation files of ShanghaiTech from the weakly supervised split and the masks."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.prepare.shanghaitech')

if __name__ == '__main__':
    sys.exit(main())
