"""Extract the features of videos: a folder, a .txt list, or one file."""

import argparse
import sys
from pathlib import Path

from mmvad.cli.extract import (
    ProgressBar,
    add_extractor_arguments,
    device_of_rank,
    finish,
    read_shard,
    worst_status,
)
from mmvad.extraction.features import load_extractor
from mmvad.extraction.run import choose_shard, extract_videos, find_videos


def main(argv: list[str] | None = None) -> int:
    """Parse, load the network, extract, report; give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('videos', type=Path, help='folder, .txt list with a path a line, or file')
    parser.add_argument('out', type=Path, help='folder of the feature files')
    add_extractor_arguments(parser)
    args = parser.parse_args(argv)

    shard, num_shards = read_shard(args.shard, args.launcher)
    videos = choose_shard(find_videos(args.videos, args.root), shard, num_shards)
    overrides = {name: getattr(args, name) for name in ('crops', 'tail', 'fps', 'decoder')}
    overrides['allow_truncated'] = args.allow_truncated or None
    device = device_of_rank(args.device, args.launcher)
    extractor = load_extractor(
        args.config, args.weights, args.random_weights, args.dtype, device, overrides
    )
    with ProgressBar(f'{len(videos)} videos') as bar:
        report = extract_videos(
            videos, args.out, extractor, args.batch_size, args.workers, bar.advance
        )
    return worst_status(finish(report, args.out, shard, num_shards), args.launcher)


if __name__ == '__main__':
    sys.exit(main())
