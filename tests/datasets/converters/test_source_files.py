import re

import numpy as np
import pytest

from mmvad.datasets.converters.source_files import (
    CROP_SUFFIX,
    R50_SUFFIX,
    label_events,
    note_video,
    pair_events,
    read_feature_list,
    read_frame_labels,
    read_lines,
    sort_like_list,
    split_event_line,
)
from mmvad.timeline import frame_labels


def raises(text, error=ValueError):
    return pytest.raises(error, match=re.escape(text))


def test_line_ends_byte_order_mark_and_blank_lines_do_not_matter(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_bytes(b'\xef\xbb\xbfone\r\n\r\n two \nthree')
    assert list(read_lines(path)) == [
        (f'{path}, line 1', 'one'),
        (f'{path}, line 3', 'two'),
        (f'{path}, line 4', 'three'),
    ]


def test_a_missing_empty_or_binary_text_file_is_named(tmp_path):
    path = tmp_path / 'a.txt'
    with raises(f'no file at {path}', FileNotFoundError):
        list(read_lines(path))
    path.write_text('\n')
    with raises(f'{path} has no lines'):
        list(read_lines(path))
    path.write_bytes(b'\x93NUMPY\x01')
    with raises(f'{path} is not UTF-8 text'):
        list(read_lines(path))


def test_folders_of_other_machines_are_dropped_from_feature_lists(tmp_path):
    path = tmp_path / 'a.list'
    path.write_bytes(b'G:\\ten\\Abuse001_x264_i3d.npy\r\n/home/me/ten/b c_i3d.npy\nd_i3d.npy')
    assert list(read_feature_list(path, R50_SUFFIX)) == ['Abuse001_x264', 'b c', 'd']


def test_crops_of_a_video_are_one_entry(tmp_path):
    path = tmp_path / 'a.list'
    path.write_text('x/v=#1__label_A__0.npy\nx/v=#1__label_A__1.npy\nx/w__0.npy\nx/w__1.npy')
    names = read_feature_list(path, CROP_SUFFIX, 2)
    assert names == {'v=#1__label_A': f'{path}, line 1', 'w': f'{path}, line 3'}


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('a__0.npy\na__1.npy\na__2.npy\n', "line 3: 'a' is listed already in"),
        ('a__0.npy\nb__0.npy\n', "line 2: expected crop 1 of 2 of 'a', got 'b__0.npy'"),
        ('a__1.npy\na__0.npy\n', "line 1: expected crop 0 of 2 of 'a', got 'a__1.npy'"),
        ('a__0.npy\na__1.npy\nb__0.npy', "line 3: the last video 'b' has 1 of 2 crops"),
        ('a__0.npy\na__1.npy\nb.npy', 'line 3: expected a feature file *__'),
    ],
)
def test_a_feature_list_with_a_wrong_crop_is_refused(tmp_path, text, message):
    path = tmp_path / 'a.list'
    path.write_text(text)
    with raises(message):
        read_feature_list(path, CROP_SUFFIX, 2)


def test_a_video_is_noted_once():
    places = {}
    note_video(places, 'a', 'x, line 1')
    with raises("x, line 5: 'a' is listed already in x, line 1"):
        note_video(places, 'a', 'x, line 5')


def test_sorting_names_the_videos_that_one_side_lacks():
    with raises("x.list and the annotations name different videos: only the list has ['c'], only "):
        sort_like_list([{'video': 'n/a'}, {'video': 'b'}], ['a', 'c'], 'x.list')


def test_white_space_between_fields_does_not_matter_and_names_may_hold_some():
    assert split_event_line('my file.mp4\tRoad Rage.mp4\tArson\t3\t-1', 'x') == (
        'my file.mp4\tRoad Rage.mp4',
        'Arson',
        [3, -1],
    )


@pytest.mark.parametrize('line', ['a.mp4 Abuse', 'a.mp4', 'a.mp4 Abuse 3 x'])
def test_an_event_line_without_numbers_is_refused(line):
    with raises(f'x, line 1: expected "file category number ...", got {line!r}'):
        split_event_line(line, 'x, line 1')


@pytest.mark.parametrize(
    ('numbers', 'text'),
    [
        ([1], 'x: expected pairs of start and end, got [1]'),
        ([5, 4], 'x: event 5 4 is not 0 <= start <= end'),
        ([-1, 4], 'x: event -1 4 is not 0 <= start <= end'),
        ([4, -1], 'x: event 4 -1 is not 0 <= start <= end'),
    ],
)
def test_events_that_are_no_pairs_are_refused(numbers, text):
    with raises(text):
        pair_events(numbers, 'x')


def test_events_of_labels_are_the_inverse_of_labels_of_events():
    events = [[0, 2], [5, 6], [9, 12]]
    assert label_events(frame_labels(events, 12)) == events
    assert label_events(np.zeros(4)) == []


@pytest.mark.parametrize('labels', [np.zeros((2, 2)), np.array([0, 2]), np.zeros(0)])
def test_frame_labels_are_zero_or_one(tmp_path, labels):
    path = tmp_path / 'a.npy'
    np.save(path, labels)
    with raises(f'{path}: expected one label, 0 or 1, per frame; got shape {labels.shape}'):
        read_frame_labels(path)


def test_missing_frame_labels_are_named(tmp_path):
    with raises(f'no file at {tmp_path}/a.npy', FileNotFoundError):
        read_frame_labels(tmp_path / 'a.npy')
