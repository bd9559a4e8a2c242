"""Write the neck and head of a trained detector as an ONNX file, checked against PyTorch."""

import argparse
import sys
from collections.abc import Sequence

from mmvad import register
from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
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
        help='largest absolute difference between ONNX Runtime and PyTorch (default: 1e-05)',
    )
    return parser


def run_export(args: argparse.Namespace) -> None:
    """Export as the flags of `build_parser` say, and print what was compared.

    Raises:
        ImportError: ``onnx`` or ``onnxruntime`` is not installed.
        FileNotFoundError: Config or checkpoint is not there.
        ValueError: The model cannot be exported, see `export_onnx`.
    """
    register()
    from mmvad.apis.export import TOLERANCE, export_onnx

    tolerance = TOLERANCE if args.tolerance is None else args.tolerance
    cfg = read_config(args.config, args.cfg_options)
    report = export_onnx(cfg, args.checkpoint, args.out, tolerance)
    print(f'features (N, T, {report.metadata["in_channels"]}) -> {", ".join(report.outputs)}')
    ranking = report.metadata['segment_ranking']
    print(f'bag size {report.metadata["bag_size"]}, segment ranking {ranking}')
    print(
        f'largest difference to PyTorch {report.max_difference:.2g} '
        f'over {len(report.shapes)} shapes (N, T), tolerance {tolerance:g}'
    )
    print(printable(f'written to {report.path}'))


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and export; the exit status is 2 for bad input or a missing package."""
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: run_export(args))


if __name__ == '__main__':
    sys.exit(main())
