"""Write the neck and head of a trained detector as an ONNX file, checked against PyTorch."""

import sys

from mmvad.cli.export_onnx import main

if __name__ == '__main__':
    sys.exit(main())
