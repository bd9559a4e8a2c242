"""Write the neck and head of a trained detector as an ONNX file, checked against PyTorch."""

import sys
from functools import partial

from mmvad_command import run

main = partial(run, 'mmvad.cli.export_onnx')

if __name__ == '__main__':
    sys.exit(main())
