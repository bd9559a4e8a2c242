"""Convert a released checkpoint to the names of mmvad's modules."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmvad.addresses import is_address, show_address
from mmvad.checkpoints import read_state_dict, write_checkpoint
from mmvad.cli.errors import CommandParser, report_errors
from mmvad.cli.extract import add_offline_argument
from mmvad.fetching import refuse_offline
from mmvad.files import printable
from mmvad.models.weight_conversion import CONVERSIONS, convert
from mmvad.state_dicts import hash_state_dict
from mmvad.version import __version__


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('released', help='path or address of the released checkpoint')
    parser.add_argument('out', type=Path, help='path of the converted checkpoint')
    parser.add_argument('--kind', choices=sorted(CONVERSIONS), required=True, help='what it is')
    parser.add_argument(
        '--in-channels',
        type=int,
        help='input channels of an I3D network: 3 (RGB) or 2 (flow) (default: 3)',
    )
    add_offline_argument(parser)
    return parser


def convert_checkpoint(args: argparse.Namespace) -> None:
    """Read safely, rename, check, write atomically.

    Raises:
        OSError: The file cannot be read or written.
        ValueError: It is no checkpoint of this kind; nothing is written.
    """
    if args.offline:
        refuse_offline('released', args.released)
    tensors = read_state_dict(args.released)
    released = show_address(args.released)
    try:
        tensors = convert(tensors, args.kind, args.in_channels)
    except ValueError as error:
        raise ValueError(f'{error}: {released}') from error
    args.out.parent.mkdir(parents=True, exist_ok=True)
    sha256 = hash_state_dict(tensors)
    meta = dict(
        kind=args.kind,
        released=released if is_address(args.released) else Path(released).name,
        weights_sha256=sha256,
        mmvad_version=__version__,
    )
    write_checkpoint(args.out, dict(state_dict=tensors, meta=meta))
    print(printable(f'{args.out}: {len(tensors)} tensors of kind {args.kind}, sha256 {sha256}'))


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and convert; the exit status is 2 for bad input."""
    parser = build_parser()
    args = parser.parse_args(argv)
    return report_errors(parser, lambda: convert_checkpoint(args))


if __name__ == '__main__':
    sys.exit(main())
