import itertools

import numpy as np
import pytest

from mmvad.timeline import SEGMENT_FRAMES, TAILS, count_segments
from mmvad.video.segments import iter_segments

RULES = [(tail, None) for tail in TAILS] + [('keep', n) for n in (1, 9, 16)]


def numbered(count):
    return np.arange(count, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 3, 3), np.uint8)


@pytest.mark.parametrize(('tail', 'least'), RULES)
@pytest.mark.parametrize('count', [1, 8, 9, 15, 16, 17, 24, 25, 31, 32, 33, 48])
def test_segments_are_counted_by_the_timeline_and_hold_the_right_frames(count, tail, least):
    segments = list(iter_segments(iter(numbered(count)), tail, least))
    assert len(segments) == count_segments(count, tail, least)
    for index, segment in enumerate(segments):
        first = index * SEGMENT_FRAMES
        expected = np.minimum(np.arange(first, first + SEGMENT_FRAMES), count - 1)
        assert segment.shape == (SEGMENT_FRAMES, 2, 3, 3)
        assert segment[:, 0, 0, 0].tolist() == expected.tolist()


def test_keep_lies_between_ceil_and_floor():
    for count in range(1, 70):
        assert count_segments(count, 'keep', 1) == count_segments(count, 'ceil')
        assert count_segments(count, 'keep', SEGMENT_FRAMES) == count_segments(count, 'floor')
        rest = count % SEGMENT_FRAMES
        assert count_segments(count, 'keep', 9) == count // SEGMENT_FRAMES + (rest >= 9)


@pytest.mark.parametrize(('tail', 'needed'), [('ceil', 16), ('floor', 16), ('drop_last', 17)])
def test_a_segment_is_there_with_its_last_frame(tail, needed):
    taken = itertools.count()
    endless = (frame for frame in itertools.cycle(numbered(4)) if next(taken) >= 0)
    next(iter_segments(endless, tail))
    assert next(taken) == needed


def test_segments_do_not_share_memory():
    first, second = iter_segments(numbered(32))
    assert not np.shares_memory(first, second)


def test_an_array_and_a_list_of_frames_are_alike():
    array = numbered(20)
    for one, other in zip(iter_segments(array), iter_segments(list(array)), strict=True):
        assert np.array_equal(one, other)


def test_no_frame_is_an_error():
    with pytest.raises(ValueError, match='cannot cut segments: there is no frame'):
        next(iter_segments([]))


@pytest.mark.parametrize(
    ('frame', 'found'),
    [
        (np.zeros((4, 6), np.uint8), r'frame 0: .*got shape \(4, 6\)'),
        (np.zeros((4, 6, 4), np.uint8), r'frame 0: .*got shape \(4, 6, 4\)'),
        (np.zeros((4, 6, 3), np.float32), 'frame 0: .*of float32'),
        ('text', "frame 0: .*got shape None of <class 'str'>"),
    ],
)
def test_what_is_no_frame_is_named(frame, found):
    with pytest.raises(ValueError, match=found):
        next(iter_segments([frame]))


def test_a_change_of_size_is_named():
    frames = [np.zeros((4, 6, 3), np.uint8), np.zeros((6, 4, 3), np.uint8)]
    with pytest.raises(ValueError, match=r'frame 1: shape \(6, 4, 3\) differs from the first'):
        next(iter_segments(frames))


def test_tail_rules_are_checked_at_once():
    with pytest.raises(ValueError, match=r"tail must be one of .* or 'keep', got 'round'"):
        iter_segments([], 'round')
    with pytest.raises(ValueError, match="'keep' needs min_frames from 1 to 16, got None"):
        iter_segments([], 'keep')
    with pytest.raises(ValueError, match="'keep' needs min_frames from 1 to 16, got 17"):
        iter_segments([], 'keep', 17)
    with pytest.raises(ValueError, match="min_frames belongs to tail 'keep', got it with 'ceil'"):
        iter_segments([], 'ceil', 9)
