import numpy as np
import pytest

from mmvad.timeline import (
    TAILS,
    bag_lengths,
    count_segments,
    frame_labels,
    pooling_edges,
    runs_of_segments,
    segments_to_frames,
)


@pytest.mark.parametrize(
    ('num_frames', 'expected'),
    [(1, (1, 0, 0)), (15, (1, 0, 0)), (16, (1, 1, 0)), (17, (2, 1, 1)), (32, (2, 2, 1))],
)
def test_tails_differ_in_the_last_segment_only(num_frames, expected):
    assert tuple(count_segments(num_frames, tail) for tail in TAILS) == expected


@pytest.mark.parametrize(
    ('num_frames', 'expected'), [(1, 0), (8, 0), (9, 1), (16, 1), (24, 1), (25, 2), (32, 2)]
)
def test_keep_pads_a_tail_of_min_frames_and_drops_a_shorter_one(num_frames, expected):
    assert count_segments(num_frames, 'keep', min_frames=9) == expected


def test_keep_of_one_frame_is_ceil_and_of_sixteen_is_floor():
    for num_frames in range(1, 70):
        assert count_segments(num_frames, 'keep', 1) == count_segments(num_frames, 'ceil')
        assert count_segments(num_frames, 'keep', 16) == count_segments(num_frames, 'floor')


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ((0, 'ceil'), 'num_frames must be at least 1, got 0'),
        ((5, 'round'), r"tail must be one of .* or 'keep', got 'round'"),
        ((5, 'keep'), "tail 'keep' needs min_frames from 1 to 16, got None"),
        ((5, 'keep', 17), "tail 'keep' needs min_frames from 1 to 16, got 17"),
        ((5, 'floor', 9), "min_frames belongs to tail 'keep', got it with 'floor'"),
    ],
)
def test_count_segments_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        count_segments(*arguments)


def test_pooling_edges_are_the_recipe_s_truncated_linspace():
    for num_segments in (1, 2, 5, 31, 32, 33, 64, 100, 857):
        expected = [int(edge) for edge in np.linspace(0, num_segments, 33)]
        assert pooling_edges(num_segments, 32).tolist() == expected


def test_pooling_edges_cover_the_video_without_overlap():
    edges = pooling_edges(77, 32)
    assert edges[0] == 0 and edges[-1] == 77
    assert (np.diff(edges) >= 2).all() and (np.diff(edges) <= 3).all()


@pytest.mark.parametrize('counts', [(0, 32), (7, 0)])
def test_pooling_edges_refuse_no_segments(counts):
    with pytest.raises(ValueError, match=f'got S={counts[0]}, T={counts[1]}'):
        pooling_edges(*counts)


@pytest.mark.parametrize(
    ('num_segments', 'bag_size', 'expected'),
    [(7, 3, [3, 3, 1]), (6, 3, [3, 3]), (2, 3, [2]), (1, 1, [1]), (9, None, [9])],
)
def test_last_bag_is_as_short_as_it_comes(num_segments, bag_size, expected):
    assert bag_lengths(num_segments, bag_size) == expected


def test_bag_lengths_refuse_no_segment_and_no_size():
    with pytest.raises(ValueError, match='a video has at least one segment, got 0'):
        bag_lengths(0, 3)
    with pytest.raises(ValueError, match='bag_size must be at least 1, got 0'):
        bag_lengths(3, 0)


def test_each_segment_gives_its_score_to_sixteen_frames():
    frames = segments_to_frames(np.array([0.25, 0.5], np.float32))
    assert frames.dtype == np.float32
    assert frames.tolist() == [0.25] * 16 + [0.5] * 16


def test_segments_to_frames_refuses_a_matrix():
    with pytest.raises(ValueError, match=r'expected scores of shape \(S,\), got \(2, 3\)'):
        segments_to_frames(np.zeros((2, 3)))


def test_events_are_half_open_and_cut_at_the_end():
    labels = frame_labels([(1, 3), (8, 100)], 10)
    assert labels.dtype == np.uint8
    assert np.flatnonzero(labels).tolist() == [1, 2, 8, 9]


@pytest.mark.parametrize('event', [(-1, 3), (5, 5), (5, 4)])
def test_frame_labels_refuse_an_event_that_is_none(event):
    message = rf'0 <= start < end, got \[{event[0]}, {event[1]}\)'
    with pytest.raises(ValueError, match=message):
        frame_labels([event], 10)


@pytest.mark.parametrize('num_segments', [1, 5, 32, 77])
def test_each_segment_lies_in_its_run(num_segments):
    edges, runs = pooling_edges(num_segments, 32), runs_of_segments(num_segments, 32)
    for segment, run in enumerate(runs):
        assert edges[run] <= segment < edges[run + 1]
