"""Write the neck and head of a trained detector as an ONNX file, checked against PyTorch."""

import argparse
import sys
from collections.abc import Sequence

from mmvad.apis.export import TOLERANCE, export_onnx
from mmvad.cli.errors import CommandParser, report_errors
from mmvad.cli.run_config import add_config_arguments, read_config
from mmvad.files import printable


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    add_config_arguments(parser, 'model.head.bag_size=9')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('out', help='ONNX file to write')
    parser.add_argument(
        '--tolerance',
        type=float,
        default=TOLERANCE,
        help='largest absolute difference between ONNX Runtime and PyTorch (default: %(default)s)',
    )
    return parser


def run_export(args: argparse.Namespace) -> None:
    """Export as the flags of `build_parser` say, and print what was compared.

    Raises:
        ImportError: ``onnx`` or ``onnxruntime`` is not installed.
        FileNotFoundError: Config or checkpoint is not there.
        ValueError: The model cannot be exported, see `export_onnx`.
    """
    cfg = read_config(args.config, args.cfg_options)
    report = export_onnx(cfg, args.checkpoint, args.out, args.tolerance)
    print(f'features (N, T, {report.metadata["in_channels"]}) -> {", ".join(report.outputs)}')
    ranking = report.metadata['segment_ranking']
    print(f'bag size {report.metadata["bag_size"]}, segment ranking {ranking}')
    print(
        f'largest difference to PyTorch {report.max_difference:.2g} '
        f'over {len(report.shapes)} shapes (N, T), tolerance {args.tolerance:g}'
    )
    print(printable(f'written to {report.path}'))


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and export; the exit status is 2 for bad input or a missing package."""
    parser = build_parser()
    args = parser.parse_args(argv)
    return report_errors(parser, lambda: run_export(args), (ValueError, OSError, ImportError))


if __name__ == '__main__':
    sys.exit(main())
