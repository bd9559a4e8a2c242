"""Holds scored videos against the annotation file of a split."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from mmvad.scores.scored_video import ScoredVideo


def match_annotations(names: Iterable[str], data_list: Sequence[Mapping]) -> dict[str, Mapping]:
    """Find the annotations of scored videos.

    A video is annotated where its path without the extension ends with the annotation's name.

    Args:
        names: Of scored videos: names, paths or addresses.
        data_list: Entries of an annotation file.

    Returns:
        The entry of each video that has one.

    Raises:
        ValueError: There is no video, none has one, or two of them have the same.

    Example:
        >>> match_annotations(['videos/test/a.mp4'], [dict(video='test/a'), dict(video='test/b')])
        {'videos/test/a.mp4': {'video': 'test/a'}}
    """
    entries = {entry['video']: entry for entry in data_list}
    names, found, taken = list(names), {}, {}
    for name in names:
        parts = PurePosixPath(name.replace('\\', '/')).parts
        endings = [name, *('/'.join(parts[start:]) for start in range(len(parts)))]
        for ending in (form for full in endings for form in (full, _without_suffix(full))):
            if ending in entries:
                if ending in taken:
                    raise ValueError(f'{taken[ending]} and {name} are both annotated as {ending!r}')
                found[name], taken[ending] = entries[ending], name
                break
    if not names:
        raise ValueError('there is no video to find an annotation of')
    if not found:
        raise ValueError(
            f'none of the videos is annotated: {names[0]!r} ends '
            f'with none of {len(entries)} names such as {next(iter(entries), None)!r}'
        )
    return found


def _without_suffix(name: str) -> str:
    head, dot, tail = name.rpartition('.')
    return head if dot and '/' not in tail else name  # a folder may have a dot as well


def annotate_videos(
    videos: Sequence[ScoredVideo], metainfo: Mapping, data_list: Sequence[Mapping]
) -> list[ScoredVideo]:
    """Give scored videos the labels and events of an annotation file.

    Args:
        videos: Of a scores file.
        metainfo: Of the annotation file; its tail rule and tolerance are taken.
        data_list: Entries of the annotation file.

    Returns:
        The videos in their order; those without an annotation unchanged.

    Raises:
        ValueError: No video is annotated, two have the same annotation, or one does not fit.

    Example:
        >>> entry = dict(video='a', num_frames=32, label=1, category='Abuse', events=[[3, 9]])
        >>> metainfo = dict(tail='ceil', segments_tolerance=0)
        >>> annotate_videos([ScoredVideo('a', [0.5, 0.7])], metainfo, [entry])[0].annotated_events
        ((3, 9),)
    """
    found = match_annotations([video.name for video in videos], data_list)
    return [
        video.annotate(found[video.name], metainfo) if video.name in found else video
        for video in videos
    ]


def relabel_videos(
    videos: Sequence[ScoredVideo], metainfo: Mapping, data_list: Sequence[Mapping]
) -> list[ScoredVideo]:
    """Do what `annotate_videos` does, and make sure that neither side lacks a video.

    Returns:
        The videos in the order of `data_list`.

    Raises:
        ValueError: One side has a video that the other lacks, or an annotation does not fit.

    Example:
        >>> entry = dict(video='b', num_frames=16, label=0, category='Normal', events=[])
        >>> relabel_videos([ScoredVideo('a', [0.5])], dict(), [entry])
        Traceback (most recent call last):
        ValueError: none of the videos is annotated: 'a' ends with none of 1 names such as 'b'
    """
    found = match_annotations([video.name for video in videos], data_list)
    named = {found[video.name]['video']: video for video in videos if video.name in found}
    names = {entry['video'] for entry in data_list}
    for side, missing in (
        ('annotations', {video.name for video in videos} - found.keys()),
        ('scores', names - named.keys()),
    ):
        if missing:
            raise ValueError(
                f'the {side} lack {len(missing)} of the videos, first {min(missing)!r}'
            )
    return [named[entry['video']].annotate(entry, metainfo) for entry in data_list]
