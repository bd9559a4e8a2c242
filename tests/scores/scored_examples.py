"""Scored videos, rules and comparisons for the tests of scores."""

from dataclasses import fields
from datetime import UTC, datetime

import numpy as np

from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, ScoreGap
from mmvad.timeline import Clock

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = 16.0  # frames a second at which a segment lasts a second


def random_cases(count=300):
    """Scores on a coarse grid, so that ties with the thresholds are frequent.

    Yields:
        Scores (S,), edges (S + 1,) of unequal lengths, a rule, sorted breaks.
    """
    rng = np.random.default_rng(0)
    for _ in range(count):
        num_segments = rng.integers(1, 60)
        lengths = rng.choice([0.5, 1.0, 1.0, 0.64, 2.0], num_segments)
        yield (
            (rng.integers(0, 11, num_segments) / 10).astype(np.float32),
            np.concatenate([[0], np.cumsum(lengths)]),
            EventRule(
                threshold=float(rng.integers(0, 11) / 10),
                low_ratio=float(rng.choice([1.0, 0.5, 0.8])),
                min_seconds=float(rng.choice([0, 0, 0.64, 1, 2, 3.5])),
                merge_seconds=float(rng.choice([0, 0, 0.5, 1, 2])),
            ),
            sorted(rng.integers(0, num_segments + 1, rng.integers(0, 3)).tolist()),
        )


def cut_by_walking(scores, edges, rule):
    """The rule's three sentences, one segment after the other."""
    high, low = np.float32(rule.threshold), np.float32(rule.low_threshold)
    runs, start = [], None
    for segment, score in enumerate([*scores, -1]):
        if score >= low and start is None:
            start = segment
        if score < low and start is not None:
            if max(scores[start:segment]) >= high:
                runs.append([start, segment])
            start = None
    merged = []
    for run in runs:
        if (
            merged
            and rule.merge_seconds
            and edges[run[0]] - edges[merged[-1][1]] <= rule.merge_seconds + 1e-6
        ):
            merged[-1][1] = run[1]
        else:
            merged.append(list(run))
    return [run for run in merged if edges[run[1]] - edges[run[0]] >= rule.min_seconds - 1e-6]


def random_file(name='gate, "north".mp4', num_segments=7, **changes):
    """A video of a file, with everything that can be known of one."""
    rng = np.random.default_rng(num_segments)
    known = dict(
        scores=rng.random(num_segments, np.float32),
        clock=Clock(num_segments, num_segments * 16 - 6, 29.97),
        label=1,
        category='Abuse-Riot',
        annotated_events=[(3, 20), (40, 60)],
        attention=rng.random((3, num_segments), np.float32),
        tail='ceil',
        segments_tolerance=1,
        seconds_taken=1.25,
    )
    return ScoredVideo(name, **{**known, **changes})


def random_stream(name='rtsp://gate', num_segments=6):
    """A video of a live source that was lost twice, and cut off."""
    rng = np.random.default_rng(1)
    gaps = [ScoreGap(2, 1.5, 1, 'the source ended'), ScoreGap(num_segments, None, 9, 'timeout')]
    return ScoredVideo(
        name,
        rng.random(num_segments, np.float32),
        Clock(num_segments, fps=10),
        gaps=gaps,
        started_at=NOON,
        arrivals=np.round(np.arange(num_segments) * 1.605, 3),
        incomplete='interrupted',
    )


def assert_same(first, second):
    """Two videos agree in everything, floats to the last bit."""
    for field in fields(ScoredVideo):
        one, other = getattr(first, field.name), getattr(second, field.name)
        if field.name == 'clock' and one is not None:
            for part in fields(Clock):
                assert np.array_equal(getattr(one, part.name), getattr(other, part.name)), part.name
        elif isinstance(one, np.ndarray):
            assert one.dtype == other.dtype and np.array_equal(one, other), field.name
        else:
            assert one == other, field.name
