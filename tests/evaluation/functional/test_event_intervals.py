from dataclasses import replace

import numpy as np
import pytest
from toy_videos import make_video

from mmvad.clock import Clock
from mmvad.evaluation.functional.event_intervals import cut_video
from mmvad.scores.events import EventMachine
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, ScoreGap

RULES = [
    EventRule(0.5),
    EventRule(0.7, low_ratio=0.5),
    EventRule(0.6, low_ratio=0.6, min_seconds=2.5, merge_seconds=1.0),
    EventRule(0.6, min_seconds=3.0, merge_seconds=2.0),
]


@pytest.mark.parametrize('rule', RULES)
@pytest.mark.parametrize('seed', range(4))
def test_events_peaks_and_alarms_are_those_of_the_machine_over_the_whole_video(rule, seed):
    scores = np.random.default_rng(seed).integers(0, 11, 60) / 10
    video = make_video('a', scores)
    machine, alarms, expected = EventMachine(rule), [], []
    for segment, score in enumerate(video.scores):
        for change in machine.push(score, (segment, segment + 1)):
            alarms += [16 * (segment + 1)] if change.kind == 'start' else []
            expected += [change.event] if change.kind == 'end' else []
    expected += [change.event for change in machine.flush() if change.kind == 'end']
    found = cut_video(video, rule, fps=16)
    assert found.found.tolist() == [[e.start_frame, e.end_segment * 16] for e in expected]
    assert found.peaks == pytest.approx([e.peak_score for e in expected])
    assert found.alarms.tolist() == alarms


def test_events_end_with_the_frames_that_are_counted():
    scores, events = [0.1, 0.9], [(4, 12), (17, 30)]
    padded = make_video('a', scores, 'B1', events, num_frames=20, tail='ceil')
    assert cut_video(padded, EventRule(), 'segments').found.tolist() == [[16, 32]]
    true = cut_video(padded, EventRule(), 'true')
    assert true.found.tolist() == [[16, 20]] and true.alarms.tolist() == [20]
    assert true.annotated.tolist() == [[4, 12], [17, 20]]
    dropped = make_video('a', scores, 'B1', [(4, 12), (33, 40)], num_frames=40, tail='drop_last')
    assert cut_video(dropped, EventRule(), 'true').found.tolist() == [[16, 40]]
    assert cut_video(dropped, EventRule(), 'segments').annotated.tolist() == [[4, 12]]


def test_no_event_reaches_over_a_gap():
    video = replace(make_video('a', [0.9, 0.9, 0.9]), gaps=(ScoreGap(1, 5.0, 1, 'lost'),))
    assert cut_video(video, EventRule()).found.tolist() == [[0, 16], [16, 48]]


def test_a_video_without_events_has_empty_intervals():
    events = cut_video(make_video('a', [0.1]), EventRule())
    assert events.found.shape == events.annotated.shape == (0, 2)
    assert events.peaks.shape == events.alarms.shape == (0,)


def test_a_rule_in_seconds_needs_the_frame_rate():
    with pytest.raises(ValueError, match=r"'a': min_seconds=1 and merge_seconds=0 need the frame"):
        cut_video(make_video('a', [0.9]), EventRule(min_seconds=1))
    assert len(cut_video(make_video('a', [0.9]), EventRule(min_seconds=1), fps=16).found) == 1


def test_the_rate_of_the_video_goes_before_the_given_one():
    video = ScoredVideo('a', [0.9], Clock(1, fps=16), label=0, annotated_events=[])
    assert cut_video(video, EventRule(min_seconds=1), fps=1000).found.tolist() == [[0, 16]]
