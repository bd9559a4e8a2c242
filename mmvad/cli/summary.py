"""How commands say in a line what they found in a scored video."""

from mmvad.scores.scored_video import ScoredVideo


def describe_video(video: ScoredVideo) -> str:
    """Write a scored video as a line.

    Example:
        >>> describe_video(ScoredVideo('a.mp4', [0.5, 0.25]))
        'a.mp4: 2 segments, highest score 0.5, 0 events'
        >>> describe_video(ScoredVideo('b.mp4', [], error='no video stream'))
        'b.mp4: not scored: no video stream'
    """
    if video.error is not None:
        return f'{video.name}: not scored: {video.error}'
    line = (
        f'{video.name}: {_count(video.num_segments, "segment")}, highest score '
        f'{video.scores.max():.4g}, {_count(len(video.events), "event")}'
    )
    if (factor := video.real_time_factor) is not None:
        line += f', real-time factor {factor:.3f}'
    return line if video.incomplete is None else f'{line}; incomplete: {video.incomplete}'


def _count(number: int, name: str) -> str:
    return f'{number} {name}' if number == 1 else f'{number} {name}s'
