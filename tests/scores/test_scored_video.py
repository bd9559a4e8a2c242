from datetime import datetime

import numpy as np
import pytest
from scored_examples import NOON, random_file, random_stream

from mmvad.clock import Clock
from mmvad.scores.events import Event
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, ScoreGap, check_complete, failed_video

EVENT = Event(1, 0, 1, 0, 16, None, None, 0.9, 0.9)


def make(**changes):
    fields = dict(
        name='the/video',
        scores=[0.1, 0.9],
        clock=Clock(2, 20),
        label=1,
        category='Abuse',
        annotated_events=[(3, 9)],
        tail='ceil',
    )
    return ScoredVideo(**{**fields, **changes})


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        (dict(scores=[]), r'expected scores of shape \(S,\) with S >= 1, got \(0,\)'),
        (dict(scores=[[0.1]]), r'expected scores of shape \(S,\) with S >= 1, got \(1, 1\)'),
        (dict(scores=[0.1, 1.5]), r'scores must lie in \[0, 1\], segment 1 has 1.5'),
        (dict(scores=[0.1, np.nan]), r'scores must lie in \[0, 1\], segment 1 has nan'),
        (dict(scores=[0.1]), 'expected one score for each of its 2 segments, got 1'),
        (dict(label=2), 'label must be 0, 1 or None, got 2'),
        (dict(label=0.5), 'label must be a whole number, got 0.5'),
        (dict(label=True), 'label must be a whole number, got True'),
        (dict(category='Normal'), "got label 1 and category 'Normal'"),
        (dict(label=0), "got label 0 and category 'Abuse'"),
        (dict(tail='round'), "tail must be None or one of .* got 'round'"),
        (dict(segments_tolerance=-1), 'segments_tolerance must not be negative, got -1'),
        (dict(segments_tolerance=0.5), 'segments_tolerance must be a whole number, got 0.5'),
        (dict(label=0, category='Normal'), 'a normal video has no events'),
        (dict(annotated_events=()), 'an anomalous video has at least one event, or they are not'),
        (dict(annotated_events=[(9, 9)]), r'0 <= start < end, got \[9, 9\)'),
        (dict(annotated_events=[(-1, 9)]), r'0 <= start < end, got \[-1, 9\)'),
        (dict(annotated_events=[(1, 9, 12)]), r'an event is \[start, end\), got \(1, 9, 12\)'),
        (dict(annotated_events=[(1.5, 9)]), 'event start must be a whole number, got 1.5'),
        (dict(annotated_events=[(1, '9')]), "event end must be a whole number, got '9'"),
        (dict(annotated_events=[(20, 22)]), r'event \[20, 22\) lies outside .* 20 frames \(32 wi'),
        (dict(annotated_events=[(3, 33)]), r'event \[3, 33\) lies outside .* 20 frames \(32 with'),
        (dict(attention=[0.5, 0.5]), r'expected attention of shape \(R, 2\), got \(2,\)'),
        (dict(attention=[[0.5]]), r'expected attention of shape \(R, 2\), got \(1, 1\)'),
        (dict(attention=[[0.5, -1]]), 'attention weights must be finite and at least 0'),
        (dict(attention=[[0.5, np.inf]]), 'attention weights must be finite and at least 0'),
        (dict(started_at=NOON), 'started_at and arrivals are given together, or neither is'),
        (dict(arrivals=[0, 1]), 'started_at and arrivals are given together, or neither is'),
        (dict(started_at=datetime(2026, 11, 24), arrivals=[0, 1]), 'started_at needs a time zone'),
        (dict(started_at=NOON, arrivals=[0]), r'arrivals must be 2 seconds, got shape \(1,\)'),
        (dict(started_at=NOON, arrivals=[0, np.nan]), 'arrivals must be 2 seconds'),
        (dict(gaps=[ScoreGap(3, 1, 1, 'a')]), 'gaps must be in order and within 2 segments'),
        (
            dict(gaps=[ScoreGap(2, 1, 1, 'a'), ScoreGap(1, 1, 1, 'a')]),
            'gaps must be in order and within 2 segments',
        ),
        (
            dict(events=[Event(1, 0, 3, 0, 48, None, None, 1, 1)]),
            'events must be in order and within 2 segments',
        ),
        (
            dict(events=[Event(2, 0, 1, 0, 16, None, None, 1, 1)]),
            'events must be numbered 1, 2, … in the order of time',
        ),
        (
            dict(events=[Event(1, 1, 1, 16, 16, None, None, 1, 1)]),
            'an event has at least one segment',
        ),
        (dict(error='broken'), 'a video with an error has neither scores nor events'),
        (dict(error='broken', scores=[], events=[EVENT]), 'has neither scores nor events'),
        (dict(error='', scores=[], clock=None), 'an error says what is wrong, got an empty text'),
    ],
)
def test_field_that_does_not_fit_is_an_error_that_names_the_video(changes, text):
    with pytest.raises(ValueError, match=f"video 'the/video': .*{text}"):
        make(**changes)


@pytest.mark.parametrize('name', ['', None, 7])
def test_a_video_without_a_name_is_an_error(name):
    with pytest.raises(ValueError, match='the name of a video must be a text, got'):
        make(name=name)


@pytest.mark.parametrize('changes', [dict(segment=-1), dict(attempts=-1), dict(seconds=-0.5)])
def test_a_gap_of_a_negative_number_is_an_error(changes):
    with pytest.raises(ValueError, match='a gap has no negative number, got'):
        ScoreGap(**{**dict(segment=1, seconds=1.0, attempts=1, reason='lost'), **changes})


def test_annotated_event_may_reach_into_the_padded_tail():
    assert make(annotated_events=[(3, 32)]).annotated_events == ((3, 32),)


def test_annotated_event_may_lie_behind_the_scored_part_of_an_incomplete_video():
    video = make(annotated_events=[(100, 120)], incomplete='interrupted')
    assert video.annotated_events == ((100, 120),)


def test_an_anomalous_video_s_events_need_not_be_known():
    assert make(annotated_events=None).annotated_events is None


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_scores_are_copied_without_rounding(dtype):
    scores = np.random.default_rng(0).random(5, np.float32).astype(dtype)
    video = ScoredVideo('a', scores)
    assert video.scores.dtype == np.float32
    assert video.scores.tolist() == scores.tolist()
    scores[0] = 0
    assert video.scores[0] != 0


def test_fields_come_into_their_one_type():
    video = make(
        label=np.int64(1),
        annotated_events=[[np.int64(3), 9]],
        attention=[[1, 0]],
        events=[EVENT],
        gaps=[ScoreGap(1, None, 0, 'lost')],
        started_at=NOON,
        arrivals=[0, 1],
    )
    assert type(video.label) is int and type(video.annotated_events[0][0]) is int
    assert video.annotated_events == ((3, 9),)
    assert video.attention.dtype == np.float32 and video.arrivals.dtype == np.float64
    assert (type(video.events), type(video.gaps), video.breaks) == (tuple, tuple, [1])
    assert video.num_segments == 2


def test_real_time_factor_is_the_time_taken_over_the_length():
    video = ScoredVideo('a', [0.5, 0.5], Clock(2, fps=16), seconds_taken=0.5)
    assert video.real_time_factor == 0.25
    assert ScoredVideo('a', [0.5], seconds_taken=0.5).real_time_factor is None
    assert ScoredVideo('a', [0.5], Clock(1, fps=16)).real_time_factor is None
    live = dict(started_at=NOON, arrivals=[1])
    assert ScoredVideo('a', [0.5], Clock(1, fps=16), seconds_taken=1, **live).real_time_factor is (
        None
    )
    assert failed_video('a', 'broken').real_time_factor is None


def test_cutting_follows_clock_and_gaps_and_leaves_the_rest():
    video = ScoredVideo('a', [0.9, 0.9, 0.9], Clock(3, 40, 8), gaps=[ScoreGap(1, 1, 1, 'lost')])
    cut = video.cut(EventRule())
    assert [(event.start_segment, event.end_segment) for event in cut.events] == [(0, 1), (1, 3)]
    assert cut.events[1].end_frame == 40
    assert cut.events[1].end_time == 5
    assert video.events == ()
    assert [event.id for event in cut.cut(EventRule(min_seconds=2.5)).events] == [1]


def test_a_failed_video_has_nothing_to_cut():
    failed = failed_video('a', 'broken')
    assert failed.cut(EventRule()) is failed
    assert (failed.error, failed.num_segments, failed.clock) == ('broken', 0, None)


def test_a_rule_in_seconds_without_a_frame_rate_names_the_video():
    with pytest.raises(ValueError, match=r"video 'the/video': .* need the frame rate"):
        make().cut(EventRule(min_seconds=1))


ENTRY = dict(video='a', num_frames=32, label=1, category='Abuse', events=[[3, 9]])


def test_annotation_gives_label_events_length_and_tail():
    old = ScoredVideo('a', [0.1, 0.9], label=0, category='Normal')
    new = old.annotate(ENTRY, dict(tail='floor', segments_tolerance=1))
    assert new.scores.tolist() == old.scores.tolist()
    assert (new.label, new.category, new.annotated_events) == (1, 'Abuse', ((3, 9),))
    assert (new.clock.num_frames, new.tail, new.segments_tolerance) == (32, 'floor', 1)
    assert old.annotate(ENTRY).tail is None


def test_annotated_events_of_a_resampled_video_are_converted_from_its_source():
    clock = Clock(16, 250, 25, source_frames=Clock(16, 250).frame_edges * 1.2)
    video = ScoredVideo('a', np.full(16, 0.5), clock)
    entry = dict(ENTRY, num_frames=300, events=[(150, 210)])
    annotated = video.annotate(entry)
    assert annotated.annotated_events == ((125, 175),)
    assert annotated.clock.num_frames == 250
    event = annotated.annotated_events[0]
    assert [clock.seconds(frame) for frame in event] == [5, 7]


def test_anomalous_entries_without_events_leave_them_unknown_and_normal_ones_have_none():
    video = ScoredVideo('a', [0.1, 0.9])
    assert video.annotate(dict(ENTRY, events=[])).annotated_events is None
    normal = dict(ENTRY, events=[], label=0, category='Normal')
    assert video.annotate(normal).annotated_events == ()


def test_annotation_that_does_not_fit_names_the_video():
    video = ScoredVideo('the/video', np.full(3, 0.5))
    with pytest.raises(ValueError, match=r"'the/video': 3 segments of 16 frames do not fit 32"):
        video.annotate(ENTRY)
    with pytest.raises(ValueError, match=r"'the/video': event \[3, 99\) lies outside"):
        video.annotate(dict(ENTRY, num_frames=48, events=[(3, 99)]))


def test_failed_video_takes_an_annotation():
    assert failed_video('a', 'broken').annotate(ENTRY).annotated_events == ((3, 9),)


def test_complete_videos_pass():
    check_complete([random_file(), random_stream()], size=2)


@pytest.mark.parametrize('size', [1, 3])
def test_other_number_of_videos_than_the_data_set_is_an_error(size):
    with pytest.raises(ValueError, match=f'expected scores of {size} videos, got 2'):
        check_complete([random_file(), random_stream()], size=size)


def test_video_twice_is_an_error_that_names_it():
    with pytest.raises(ValueError, match="'rtsp://gate' was scored more than once"):
        check_complete([random_stream(), random_file(), random_stream()])


def test_no_video_is_an_error():
    with pytest.raises(ValueError, match='the list of scored videos is empty'):
        check_complete([])
