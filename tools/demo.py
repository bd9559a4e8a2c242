"""Render made-up surveillance scenes, extract, train, test, and draw what came out."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.demo'))
