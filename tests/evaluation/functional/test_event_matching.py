import itertools

import numpy as np
import pytest

from mmvad.evaluation.functional.event_matching import (
    EventScores,
    event_average_precision,
    match_events,
    score_events,
    temporal_iou,
)


class Events:
    """What `score_events` reads of a `VideoEvents`."""

    def __init__(self, found, peaks, annotated):
        self.found = np.array(found, int).reshape(-1, 2)
        self.peaks = np.array(peaks, float)
        self.annotated = np.array(annotated, int).reshape(-1, 2)


def random_intervals(rng, most):
    edges = np.sort(rng.choice(60, 2 * int(rng.integers(0, most + 1)), replace=False))
    return edges.reshape(-1, 2)


def random_events(seed, tied):
    rng = np.random.default_rng(seed)
    videos = []
    for _ in range(8):
        found = random_intervals(rng, 6)
        peaks = rng.integers(1, 4, len(found)) / 4 if tied else rng.random(len(found))
        videos.append(Events(found, peaks, random_intervals(rng, 4)))
    return videos


def slow_iou(a, b):
    first, second = set(range(*a)), set(range(*b))
    return len(first & second) / len(first | second)


def slow_matches(videos, tiou):
    """ActivityNet's loop over all events of all videos by score: (score, matched) of each."""
    order = [
        (-peak, number, index)
        for number, video in enumerate(videos)
        for index, peak in enumerate(video.peaks.tolist())
    ]
    taken, found = set(), []
    for peak, number, index in sorted(order):
        video, hit = videos[number], False
        overlaps = [slow_iou(video.found[index], other) for other in video.annotated]
        for best in sorted(range(len(overlaps)), key=lambda other: -overlaps[other]):
            if overlaps[best] < tiou:
                break
            if (number, best) not in taken:
                taken.add((number, best))
                hit = True
                break
        found.append((-peak, hit))
    return found


def slow_ap(found, num_annotated):
    """Interpolated area; the curve has a point after each score, not each event."""
    points = [(0.0, 0.0)]
    for score in sorted({score for score, _ in found}, reverse=True):
        hits = [hit for other, hit in found if other >= score]
        points.append((sum(hits) / num_annotated, sum(hits) / len(hits)))
    area = 0.0
    for (before, _), (recall, _) in itertools.pairwise(points):
        best = max((p for r, p in points if r >= recall), default=0.0)
        area += (recall - before) * best
    return area


@pytest.mark.parametrize('tied', [False, True])
@pytest.mark.parametrize('seed', range(5))
def test_scores_are_those_of_activitynet_s_loop(seed, tied):
    videos = random_events(seed, tied)
    tious = (0.1, 0.3, 0.5, 0.9)
    num_annotated = sum(len(video.annotated) for video in videos)
    for tiou, score in zip(tious, score_events(videos, tious), strict=True):
        found = slow_matches(videos, tiou)
        assert score.num_matched == sum(hit for _, hit in found)
        assert (score.num_found, score.num_annotated) == (len(found), num_annotated)
        assert score.ap == pytest.approx(slow_ap(found, num_annotated), abs=1e-12)


def test_overlaps_are_counted_frames():
    rng = np.random.default_rng(0)
    first, second = random_intervals(rng, 9), random_intervals(rng, 9)
    expected = [[slow_iou(a, b) for b in second] for a in first]
    np.testing.assert_allclose(temporal_iou(first, second), expected, atol=1e-15)


def test_every_annotated_event_is_matched_once():
    # three events inside one annotated event: the one of the highest score takes it
    overlaps, peaks = np.array([[0.2], [0.3], [0.5]]), np.array([0.7, 0.9, 0.8])
    assert match_events(overlaps, peaks, 0.1).tolist() == [-1, 0, -1]
    assert match_events(overlaps, peaks, 0.4).tolist() == [-1, -1, 0]


def test_an_event_takes_the_best_that_is_left():
    overlaps = np.array([[0.5, 0.4], [0.45, 0.3]])
    assert match_events(overlaps, np.array([0.1, 0.9]), 0.1).tolist() == [1, 0]
    assert match_events(overlaps, np.array([0.5, 0.5]), 0.1).tolist() == [0, 1]


def test_worked_numbers_of_precision_recall_and_f1():
    # video 1: one hit, one miss; normal video: one false alarm; video 3: nothing found
    videos = [
        Events([(0, 10), (20, 30)], [0.9, 0.5], [(0, 10)]),
        Events([(0, 10)], [0.7], []),
        Events([], [], [(5, 9)]),
    ]
    (score,) = score_events(videos, [0.5])
    assert (score.precision, score.recall) == (1 / 3, 1 / 2)
    assert score.f1 == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert score.ap == 0.5


def test_the_order_of_videos_does_not_matter_where_scores_tie():
    videos = random_events(3, tied=True)
    assert score_events(videos[::-1]) == score_events(videos)


def test_what_is_empty_is_none():
    score = EventScores(0, 0, 0, None)
    assert (score.precision, score.recall, score.f1) == (None, None, None)
    assert score_events([Events([], [], [(0, 9)])], [0.1])[0].ap == 0.0
    assert event_average_precision(np.array([False]), np.array([0.5]), 0) is None


@pytest.mark.parametrize('tiou', [0, 1.1, float('nan')])
def test_a_temporal_iou_out_of_range_is_an_error(tiou):
    with pytest.raises(ValueError, match=r'a temporal IoU must lie in \(0, 1\], got'):
        score_events([], [0.1, tiou])
