import re

import pytest

from mmvad.datasets.annotation_rules import check_annotations
from mmvad.datasets.annotations import make_entry
from mmvad.datasets.converters.custom import convert, drop_extension


def write(path, text):
    path.write_text(text, encoding='utf-8')
    return path


def raises(text, error=ValueError):
    return pytest.raises(error, match=re.escape(text))


def test_a_table_gives_half_open_events(tmp_path):
    path = write(
        tmp_path / 'a.csv',
        'video,label,category,num_frames,events\r\n'
        'gate/cam1.mp4,1,Fighting,2729,120:185 900:960\r\n'
        '"a, b.AVI",0,,1804,\r\n'
        '\r\n'
        'c,1,,,0:10',
    )
    metainfo, data_list = convert(path, 'test', 'mine', 'floor')
    assert data_list == [
        make_entry('gate/cam1', 'Fighting', 2729, [(120, 185), (900, 960)]),
        make_entry('a, b', 'Normal', 1804),
        make_entry('c', 'Anomaly', None, [(0, 10)]),
    ]
    assert (metainfo['dataset'], metainfo['tail']) == ('mine', 'floor')
    check_annotations(metainfo, data_list, 'x')


def test_two_columns_in_any_order_are_enough_for_training(tmp_path):
    _, data_list = convert(write(tmp_path / 'a.csv', 'label,video\n1,a.mp4\n0,b.mp4'), 'train')
    assert data_list == [make_entry('a', 'Anomaly'), make_entry('b', 'Normal')]


def test_lines_count_both_ends(tmp_path):
    path = write(
        tmp_path / 'a.txt',
        'Fighting 101.mp4  Fighting  100  159  170  180  220\n'
        'Normal101.mp4\tNormal\t-1\t-1\t136\n'
        'b.mp4 Riot 0 0 1',
    )
    metainfo, data_list = convert(path, 'test')
    assert data_list == [
        make_entry('Fighting 101', 'Fighting', 220, [(100, 160), (170, 181)]),
        make_entry('Normal101', 'Normal', 136),
        make_entry('b', 'Riot', 1, [(0, 1)]),
    ]
    check_annotations(metainfo, data_list, 'x')


def test_only_extensions_of_videos_are_dropped():
    assert drop_extension('x/v1.2_x264.mp4') == 'x/v1.2_x264'
    assert drop_extension('x/v1.2_x264') == 'x/v1.2_x264'


@pytest.mark.parametrize(
    ('line', 'text'),
    [
        ('a.mp4 Riot', 'line 2: expected "file category number ..."'),
        ('a.mp4 Riot 3 40', 'line 2: expected pairs of start and end, got [3]'),
        ('a.mp4 Riot 9 3 40', 'line 2: event 9 3 is not 0 <= start <= end'),
        ('a.mp4 Riot 3 40 40', 'line 2 (a): event [3, 41) lies beyond the video of 40 frames'),
        ('a.mp4 Riot 3 50 40', 'line 2 (a): event [3, 51] lies beyond the video of 40 frames'),
        ('a.mp4 Riot -1 -1 40', 'line 2 (a): an anomalous test video needs at least one event'),
        ('a.mp4 Normal 3 9 40', 'line 2 (a): a normal video has no events'),
        ('a.mp4 Riot 3 9 0', 'line 2 (a): num_frames must be null or a whole number from 1, got 0'),
        ('/data/a.mp4 Riot 3 9 40', 'line 2: video must be relative to the video folder, got'),
        ('n.mp4 Normal 40', "line 2: 'n' is listed already in"),
    ],
)
def test_a_malformed_line_is_named(tmp_path, line, text):
    path = write(tmp_path / 'a.txt', f'n.mp4 Normal 10\n{line}')
    with raises(f'{path}, {text}'):
        convert(path, 'test')


@pytest.mark.parametrize(
    ('row', 'text'),
    [
        ('a,2,,,', 'line 3 (a): label must be 0 or 1, got 2'),
        ('a,yes,,,', "line 3: label must be a whole number, got 'yes'"),
        ('a,,,,', 'line 3: label is empty, expected 0 or 1'),
        ('a,0,Riot,,', "line 3 (a): category 'Normal' and label 0 belong together"),
        ('a,1,Normal,,1:2', "line 3 (a): category 'Normal' and label 0 belong together"),
        ('a,1,Riot,many,1:2', "line 3: num_frames must be a whole number, got 'many'"),
        ('a,1,Riot,40', 'line 3: expected 5 values, got 4'),
        ('a,1,Riot,40,3-9', "line 3: an event is start:end in whole frames, got '3-9'"),
        ('a,1,Riot,40,9:3', 'line 3 (a): event [9, 3] is empty'),
        ('a,1,Riot,40,3:41', 'line 3 (a): event [3, 41) lies beyond the video of 40 frames'),
        ('a,1,Riot,40,3:9 5:10', 'line 3 (a): events must be sorted and must not overlap'),
        ('"a,1,Riot,40,3:9', 'line 3: not a line of a CSV table'),
        (',1,Riot,40,3:9', "line 3: video must be a non-empty string, got ''"),
        ('n.mp4,0,,,', "line 3: 'n' is listed already in"),
    ],
)
def test_a_malformed_row_is_named(tmp_path, row, text):
    path = write(tmp_path / 'a.csv', f'video,label,category,num_frames,events\nn,0,,,\n{row}')
    with raises(f'{path}, {text}'):
        convert(path, 'test')


@pytest.mark.parametrize(
    'header', ['a,0', 'video,label,lable', 'video,category', 'video,label,video']
)
def test_an_unknown_header_is_refused(tmp_path, header):
    path = write(tmp_path / 'a.csv', f'{header}\na,0')
    with raises(f'{path}, line 1: expected the header video,label[,category]'):
        convert(path, 'train')


def test_training_videos_have_no_events(tmp_path):
    path = write(tmp_path / 'a.csv', 'video,label,events\na,1,3:9')
    with raises('line 2 (a): a training video has no events'):
        convert(path, 'train')


@pytest.mark.parametrize(
    ('name', 'sizes'),
    [('surveillance', {'train': 38, 'test': 16}), ('ped2', {'train': 10, 'test': 18})],
)
def test_real_lines_are_read(shared_data, name, sizes):
    for split, size in sizes.items():
        folder = shared_data / 'videos' / name
        metainfo, data_list = convert(folder / f'{split}.txt', split, name)
        check_annotations(metainfo, data_list, split)
        assert len(data_list) == size
        assert all(entry['num_frames'] for entry in data_list)


def test_a_folder_goes_before_the_names(shared_data):
    videos = shared_data / 'videos' / 'surveillance'
    _, data_list = convert(videos / 'test.txt', 'test', folder='test')
    assert all((videos / f'{entry["video"]}.mp4').is_file() for entry in data_list)
