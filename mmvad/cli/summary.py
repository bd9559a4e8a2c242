"""How commands say in a line what they found in a scored video, and what is doubtful about it."""

import sys
from collections.abc import Iterable

from mmvad.clock import format_seconds
from mmvad.files import printable
from mmvad.scores.events import Event
from mmvad.scores.scored_video import ScoredVideo


def warn(cautions: Iterable[str]) -> None:
    """Print cautions on stderr, a line each."""
    for text in cautions:
        print(printable(f'warning: {text}'), file=sys.stderr)


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


def describe_event(event: Event) -> str:
    """Write an event of a scored video as a line.

    Example:
        >>> describe_event(Event(1, 2, 5, 32, 80, 1.28, 3.2, 0.9, 0.75))
        'event 1  0:01.3 to 0:03.2  peak 0.9000  mean 0.7500'
        >>> describe_event(Event(1, 2, 5, 32, 80, None, None, 0.9, 0.75))
        'event 1  frames 32 to 80  peak 0.9000  mean 0.7500'
    """
    place = f'frames {event.start_frame} to {event.end_frame}'
    if event.start_time is not None:
        place = f'{format_seconds(event.start_time)} to {format_seconds(event.end_time)}'
    return f'event {event.id}  {place}  peak {event.peak_score:.4f}  mean {event.mean_score:.4f}'


def _count(number: int, name: str) -> str:
    return f'{number} {name}' if number == 1 else f'{number} {name}s'
