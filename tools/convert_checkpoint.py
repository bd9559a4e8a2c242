"""Convert a released checkpoint to the names of mmvad's modules."""

import argparse
from pathlib import Path

from mmvad.checkpoints import hash_state_dict, read_state_dict, write_checkpoint
from mmvad.models.weight_conversion import CONVERSIONS, convert
from mmvad.version import __version__


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('released', help='path or address of the released checkpoint')
    parser.add_argument('out', type=Path, help='path of the converted checkpoint')
    parser.add_argument('--kind', choices=sorted(CONVERSIONS), required=True, help='what it is')
    parser.add_argument(
        '--in-channels', type=int, help='input channels of an I3D network: 3 (RGB) or 2 (flow)'
    )
    return parser.parse_args()


def main() -> None:
    """Read safely, rename, check, write atomically."""
    args = parse_args()
    try:
        tensors = convert(read_state_dict(args.released), args.kind, args.in_channels)
    except (OSError, ValueError) as error:
        raise SystemExit(f'{args.released}: {error}') from error
    args.out.parent.mkdir(parents=True, exist_ok=True)
    sha256 = hash_state_dict(tensors)
    meta = dict(
        kind=args.kind,
        released=Path(args.released).name,
        weights_sha256=sha256,
        mmvad_version=__version__,
    )
    write_checkpoint(args.out, dict(state_dict=tensors, meta=meta))
    print(f'{args.out}: {len(tensors)} tensors of kind {args.kind}, sha256 {sha256}')


if __name__ == '__main__':
    main()
