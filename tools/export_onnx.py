"""Write the neck and head of a trained detector as an ONNX file, checked against PyTorch."""

import argparse

from mmengine.config import Config, DictAction

from mmvad.apis.export import TOLERANCE, export_onnx


def main(argv: list[str] | None = None) -> None:
    """Parse, export, say what was compared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file of the training')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('out', help='ONNX file to write')
    parser.add_argument(
        '--tolerance',
        type=float,
        default=TOLERANCE,
        help='largest absolute difference between ONNX Runtime and PyTorch (default %(default)s)',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='override settings of the config, key=value, for instance model.head.bag_size=9',
    )
    args = parser.parse_args(argv)

    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    report = export_onnx(cfg, args.checkpoint, args.out, args.tolerance)
    print(f'features (N, T, {report.metadata["in_channels"]}) -> {", ".join(report.outputs)}')
    print(f'bag size {report.metadata["bag_size"]}')
    print(
        f'largest difference to PyTorch {report.max_difference:.2g} '
        f'over {len(report.shapes)} shapes (N, T), tolerance {args.tolerance:g}'
    )
    print(f'written to {report.path}')


if __name__ == '__main__':
    main()
