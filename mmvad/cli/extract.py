"""Extract the features of videos: a folder, a .txt list, or one file."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mmvad import register
from mmvad.cli.errors import CommandParser, parse_arguments, report_errors
from mmvad.cli.progress import ProgressBar
from mmvad.cli.summary import warn
from mmvad.fetching import refuse_offline
from mmvad.files import printable, write_json
from mmvad.scores.cautions import caution_extractor
from mmvad.timeline import TAILS
from mmvad.video.crops import CROP_COUNTS
from mmvad.video.decoders import DECODERS

if TYPE_CHECKING:
    from mmvad.extraction.run import Report


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('videos', type=Path, help='folder, .txt list with a path a line, or file')
    parser.add_argument('out', type=Path, help='folder of the feature files')
    add_extractor_arguments(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and run.

    Returns:
        Exit status: 1 where a video failed, 2 for bad input.
    """
    parser = build_parser()
    args = parse_arguments(parser, argv)
    return report_errors(parser, lambda: run(args))


def run(args: argparse.Namespace) -> int:
    """Load the network, extract, report; give the exit status."""
    register()
    from mmvad.extraction.build import load_extractor
    from mmvad.extraction.run import extract_videos
    from mmvad.extraction.videos import choose_shard, find_videos

    shard, num_shards = read_shard(args.shard, args.launcher)
    videos = choose_shard(find_videos(args.videos, args.root), shard, num_shards)
    overrides = {
        name: getattr(args, name) for name in ('crops', 'clip_frames', 'tail', 'fps', 'decoder')
    }
    overrides['allow_truncated'] = args.allow_truncated or None
    device = device_of_rank(args.device, args.launcher)
    if args.offline:
        refuse_offline('--weights', args.weights)
    extractor = load_extractor(
        args.config,
        args.weights,
        args.random_weights,
        choose_dtype(args.dtype, device),
        device,
        overrides,
        args.offline,
    )
    warn(caution_extractor(extractor.weights))
    with ProgressBar(f'{len(videos)} videos') as bar:
        report = extract_videos(
            videos, args.out, extractor, args.batch_size, args.workers, bar.advance
        )
    return worst_status(finish(report, args.out, shard, num_shards), args.launcher)


def add_extractor_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say which network, how, and which part of the videos."""
    parser.add_argument('--config', required=True, help='name or path of one of configs/features/')
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument('--weights', help="path or address (default: the config's)")
    weights.add_argument(
        '--random-weights',
        type=int,
        metavar='SEED',
        help='untrained network, to try the path only (default: none)',
    )
    parser.add_argument(
        '--root',
        type=Path,
        help='folder that names of the feature files start at (default: that of the videos)',
    )
    add_network_arguments(parser)
    add_offline_argument(parser)
    parser.add_argument(
        '--batch-size',
        type=int,
        help='clips in a forward pass (default: the crops of a segment, at least 2)',
    )
    parser.add_argument(
        '--workers', type=int, default=2, help='segments decoded ahead of the network (default: 2)'
    )
    parser.add_argument(
        '--tail', choices=TAILS, help="rule for the last segment (default: the config's)"
    )
    parser.add_argument(
        '--fps', type=float, help="resample to this frame rate (default: the config's)"
    )
    parser.add_argument('--decoder', choices=tuple(DECODERS), help="(default: the config's)")
    parser.add_argument(
        '--allow-truncated', action='store_true', help='use what decodes of a damaged file'
    )
    parser.add_argument(
        '--shard', metavar='I/N', help='this part of the videos, from 1/N to N/N (default: all)'
    )
    parser.add_argument(
        '--launcher',
        choices=('none', 'pytorch'),
        default='none',
        help="pytorch: torchrun's rank is the part (default: none)",
    )


def add_network_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say how an extractor's network runs, and on which crops."""
    parser.add_argument('--crops', choices=tuple(CROP_COUNTS), help="(default: the config's)")
    parser.add_argument(
        '--clip-frames',
        type=int,
        help="frames of a segment that the network sees, evenly spaced (default: the config's)",
    )
    parser.add_argument(
        '--dtype',
        choices=('float32', 'bfloat16'),
        default='float32',
        help='bfloat16 needs a GPU, or a processor with units for it (default: float32)',
    )
    parser.add_argument('--device', help='cpu, cuda, cuda:1, … (default: a GPU where there is one)')


def choose_dtype(dtype: str, device: str | None, native_bfloat16: bool | None = None) -> str:
    """Choose what the network runs in, and say on stderr where it is not what was asked for.

    Args:
        dtype: As the flag says.
        device: As the flag says; None takes a GPU where there is one.
        native_bfloat16: See `usable_dtype`.

    Returns:
        What `usable_dtype` gives.

    Raises:
        ValueError: The device cannot be used.
    """
    from mmvad.extraction.build import choose_device, usable_dtype
    from mmvad.framework import NO_BFLOAT16

    usable = usable_dtype(dtype, choose_device(device), native_bfloat16)
    if usable != dtype:
        print(f'warning: --dtype {dtype}: {NO_BFLOAT16}', file=sys.stderr)
    return usable


def add_offline_argument(parser: argparse.ArgumentParser) -> None:
    """Add the flag that forbids to fetch weights."""
    parser.add_argument(
        '--offline', action='store_true', help='refuse weights that are named by an address'
    )


def read_shard(shard: str | None, launcher: str = 'none') -> tuple[int, int]:
    """Find out which part of the videos this process takes.

    Args:
        shard: ``'I/N'``, or None for all.
        launcher: ``'pytorch'`` takes rank and world size from torchrun's environment.

    Returns:
        I from 1, and N.

    Raises:
        ValueError: The text is of another form, both are given, or torchrun did not start this.

    Example:
        >>> read_shard('2/4'), read_shard(None)
        ((2, 4), (1, 1))
    """
    if launcher == 'pytorch':
        if shard is not None:
            raise ValueError('--shard and --launcher pytorch both choose the part; give one')
        if 'RANK' not in os.environ or 'WORLD_SIZE' not in os.environ:
            raise ValueError('--launcher pytorch: RANK and WORLD_SIZE are not set; use torchrun')
        return int(os.environ['RANK']) + 1, int(os.environ['WORLD_SIZE'])
    if shard is None:
        return 1, 1
    number, slash, total = shard.partition('/')
    if not (slash and number.isdecimal() and total.isdecimal()):
        raise ValueError(f'--shard must be I/N, for instance 1/4, got {shard!r}')
    return int(number), int(total)


def device_of_rank(device: str | None, launcher: str) -> str:
    """Give each rank of torchrun a GPU of its own.

    Args:
        device: As the flag says, see `choose_device`.
        launcher: ``'pytorch'`` or ``'none'``.

    Returns:
        ``'cuda:<local rank>'`` for ``'cuda'`` under torchrun, else the device itself.

    Example:
        >>> device_of_rank('cuda', 'none'), device_of_rank('cpu', 'pytorch')
        ('cuda', 'cpu')
    """
    from mmvad.extraction.build import choose_device

    device = device or choose_device()
    if launcher == 'pytorch' and device == 'cuda':
        return f'cuda:{os.environ["LOCAL_RANK"]}'
    return device


def finish(report: 'Report', out: Path, shard: int = 1, num_shards: int = 1) -> int:
    """Say what was done, write what failed, and give the exit status.

    Args:
        report: Of the run.
        out: Folder of the feature files; ``failed.json`` there names the failed videos, one such
            file a shard.
        shard: Number of the part.
        num_shards: Number of parts.

    Returns:
        1 where a video failed, else 0.
    """
    rate = report.frames / max(report.seconds, 1e-9)
    print(
        printable(
            f'{out}: {report.extracted} extracted, {report.kept} kept, {len(report.failed)} '
            f'failed; {report.frames} frames in {report.seconds:.1f} s, {rate:.0f} frames/s'
        )
    )
    for name, damage in report.damaged.items():
        print(printable(f'damaged: {name}: {damage}'))
    suffix = '' if num_shards == 1 else f'-{shard}-of-{num_shards}'
    failed_path = out / f'failed{suffix}.json'
    if not report.failed:
        failed_path.unlink(missing_ok=True)
        return 0
    for name, reason in report.failed.items():
        print(printable(f'failed: {name}: {reason}'))
    write_json(failed_path, report.failed, indent=1)
    return 1


def worst_status(status: int, launcher: str = 'none') -> int:
    """Agree on the exit status; torchrun ends all ranks as soon as one of them exits with 1.

    Args:
        status: Of this process.
        launcher: ``'pytorch'`` waits for the other ranks of torchrun, as long as they take.

    Returns:
        The highest status of all ranks.

    Example:
        >>> worst_status(1)
        1
    """
    if launcher != 'pytorch':
        return status
    import torch
    from mmengine.dist import all_reduce
    from torch import distributed

    # not init_dist, which selects a GPU of this rank and fails where there is none
    distributed.init_process_group('gloo', timeout=timedelta(days=365))
    worst = torch.tensor(status)
    all_reduce(worst, op='max')
    distributed.destroy_process_group()
    return int(worst)


if __name__ == '__main__':
    sys.exit(main())
