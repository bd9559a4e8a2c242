"""Make the annotation files of ShanghaiTech from the weakly supervised split and the masks."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.prepare.shanghaitech'))
