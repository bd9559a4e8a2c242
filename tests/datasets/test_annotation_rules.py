import re

import numpy as np
import pytest

from mmvad.datasets.annotation_rules import ENTRY_KEYS, check_entry, length_problem
from mmvad.datasets.annotations import make_entry
from mmvad.datasets.converters import xd_violence


def entry(**changes):
    return make_entry('Abuse/a', 'Abuse', 40, [(3, 9)]) | changes


def raises(text):
    return pytest.raises(ValueError, match=re.escape(text))


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        ({'extra': 1}, "unknown ['extra']"),
        ({'video': ''}, "video must be a non-empty string, got ''"),
        ({'video': 7}, 'video must be a non-empty string, got 7'),
        ({'video': '/data/a'}, "video must be relative to the video folder, got '/data/a'"),
        ({'video': 'G:\\a'}, 'video must be relative to the video folder'),
        ({'video': 'a/../b'}, 'video must be a plain path with / and without ..'),
        ({'video': 'a\\b'}, 'video must be a plain path with /'),
        ({'video': 'a//b'}, 'video must be a plain path with /'),
        ({'label': '1'}, "label must be 0 or 1, got '1'"),
        ({'label': True}, 'label must be 0 or 1, got True'),
        ({'category': ''}, "category must be a non-empty string, got ''"),
        ({'category': 'Normal'}, "got label 1 with category 'Normal'"),
        ({'label': 0}, "got label 0 with category 'Abuse'"),
        ({'num_frames': 0}, 'num_frames must be null or a whole number from 1, got 0'),
        ({'num_frames': 40.0}, 'num_frames must be null or a whole number from 1, got 40.0'),
        ({'events': None}, 'events must be a list, got None'),
        ({'events': []}, 'an anomalous test video needs at least one event'),
        ({'events': [[1, 2, 3]]}, 'an event is [start, end] in whole frames from 0, got [1, 2, 3]'),
        ({'events': [[-1, 2]]}, 'an event is [start, end] in whole frames from 0, got [-1, 2]'),
        ({'events': [[2, 2]]}, 'event [2, 2] is empty, start must lie before end'),
        ({'events': [[1, 5], [4, 9]]}, 'must not overlap, got [4, 9] after one that ends at 5'),
        ({'events': [[6, 9], [1, 5]]}, 'events must be sorted'),
        ({'events': [[1, 49]]}, 'event [1, 49] lies beyond the video of 40 frames'),
        ({'events': [[40, 45]]}, 'event [40, 45] lies beyond the video of 40 frames'),
        (
            {'label': 0, 'category': 'Normal'},
            'a normal video has no events, got [[3, 9]]',
        ),
    ],
)
def test_an_entry_that_breaks_a_rule_is_named(changes, text):
    with raises(text) as caught:
        check_entry(entry(**changes), 'test', 'test.json: entry 4')
    assert str(caught.value).startswith('test.json: entry 4')


def test_a_missing_key_is_named():
    with raises("missing ['events'], unknown []"):
        check_entry({key: entry()[key] for key in ENTRY_KEYS[:-1]}, 'test', 'x')


def test_a_training_video_has_no_events():
    check_entry(entry(events=[]), 'train', 'x')
    with raises('a training video has no events'):
        check_entry(entry(), 'train', 'x')


def test_an_event_may_reach_to_the_end_of_the_padded_last_segment():
    check_entry(entry(events=[[30, 48]]), 'test', 'x')


def test_an_event_may_end_anywhere_where_the_frame_count_is_unknown():
    check_entry(entry(num_frames=None, events=[[30, 10**6]]), 'test', 'x')


@pytest.mark.parametrize('trimmed', [0, 1])
def test_xd_violence_s_videos_may_lose_one_segment_to_their_audio(shared_data, trimmed):
    folder = shared_data / 'annotations' / 'xd_violence'
    metainfo, entries = xd_violence.convert(
        folder / 'rgb_test.list', 'test', folder / 'annotations.txt'
    )
    lengths = np.load(shared_data / 'scores' / 'xd_violence' / 'segments_per_video.npy')
    problems = {tolerance: 0 for tolerance in (0, 1)}
    for entry, length in zip(entries, lengths.tolist(), strict=True):
        for tolerance in problems:
            problem = length_problem(
                length - trimmed, None, metainfo['tail'], tolerance, entry['events']
            )
            problems[tolerance] += problem is not None
    assert problems == {0: 71 * trimmed, 1: 0}


def test_event_behind_what_trimming_explains_is_a_problem():
    assert length_problem(3, None, None, 1, [(63, 80)]) is None
    assert length_problem(3, None, None, 1, [(63, 81)]) == (
        'event [63, 81) lies beyond the 3 segments (48 frames, tolerance 1)'
    )
    assert length_problem(3, None, None, 1, [(64, 65)]) is not None
