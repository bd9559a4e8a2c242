"""Write the neck and head of a trained detector as an ONNX file, checked against PyTorch."""

import sys

from mmvad_command import run

if __name__ == '__main__':
    sys.exit(run('mmvad.cli.export_onnx'))
