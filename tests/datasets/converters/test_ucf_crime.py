import re

import numpy as np
import pytest

from mmvad.datasets.annotations import load_annotations, save_annotations
from mmvad.datasets.converters.source_files import read_feature_list
from mmvad.datasets.converters.ucf_crime import FAMILIES, convert_test, convert_train
from mmvad.timeline import SEGMENT_FRAMES, count_segments, frame_labels

TEST_LINES = (
    'Arson011_x264.mp4  Arson  150  420  680  1267  \n'
    'Normal_Videos_003_x264.mp4  Normal  -1  -1  -1  -1  '
).replace('1267  \n', '1267  \r\n')
COUNTED_LINES = (
    'Arson011_x264.mp4\tArson\t150\t420\t680\t1267\t1266\n'
    'Assault006_x264.mp4\tAssault\t1185\t8096\t-1\t-1\t8096\n'
    'Normal_Videos_003_x264.mp4\tNormal\t-1\t-1\t-1\t-1\t2822\n'
)


@pytest.fixture
def official(shared_data):
    return shared_data / 'annotations' / 'ucf_crime'


def write(path, text):
    path.write_text(text, newline='')
    return path


def raises(text, error=ValueError):
    return pytest.raises(error, match=re.escape(text))


def test_both_ends_count_in_the_r50_family_and_the_padded_tail_clips(tmp_path):
    metainfo, data_list = convert_test(write(tmp_path / 't.txt', COUNTED_LINES), 'r50')
    assert [entry['events'] for entry in data_list] == [
        [[150, 421], [680, 1268]],
        [[1185, 8096]],
        [],
    ]
    assert [entry['num_frames'] for entry in data_list] == [1266, 8096, 2822]
    assert (metainfo['tail'], metainfo['segments_tolerance']) == ('ceil', 0)
    assert metainfo['source'] == ['t.txt']


def test_the_end_does_not_count_in_the_inception_family(tmp_path):
    metainfo, data_list = convert_test(write(tmp_path / 't.txt', COUNTED_LINES), 'inception')
    assert [entry['events'] for entry in data_list] == [
        [[150, 420], [680, 1267]],
        [[1185, 8096]],
        [],
    ]
    assert (metainfo['tail'], metainfo['segments_tolerance']) == ('floor', 1)


def test_lines_without_frame_counts_leave_them_open(tmp_path):
    _, data_list = convert_test(write(tmp_path / 't.txt', TEST_LINES), 'r50')
    assert [entry['num_frames'] for entry in data_list] == [None, None]
    assert data_list[0]['events'] == [[150, 421], [680, 1268]]


def test_videos_are_named_by_their_folder(tmp_path):
    _, data_list = convert_test(write(tmp_path / 't.txt', TEST_LINES), 'r50')
    assert [entry['video'] for entry in data_list] == [
        'Arson/Arson011_x264',
        'Testing_Normal_Videos_Anomaly/Normal_Videos_003_x264',
    ]


def test_classes_come_from_the_folder_not_from_the_position(tmp_path):
    text = (
        'Abuse/Abuse001_x264.mp4\n'
        'Training_Normal_Videos_Anomaly/Normal_Videos001_x264.mp4\n'
        'Vandalism/Vandalism050_x264.mp4'
    )
    _, data_list = convert_train(write(tmp_path / 't.txt', text), 'r50')
    assert [(entry['category'], entry['label']) for entry in data_list] == [
        ('Abuse', 1),
        ('Normal', 0),
        ('Vandalism', 1),
    ]


def test_a_windows_list_gives_the_order(tmp_path):
    order = write(
        tmp_path / 'o.list',
        'G:\\x\\Normal_Videos_003_x264_i3d.npy\r\nG:\\x\\Arson011_x264_i3d.npy\r\n',
    )
    metainfo, data_list = convert_test(write(tmp_path / 't.txt', TEST_LINES), 'r50', order)
    assert [entry['label'] for entry in data_list] == [0, 1]
    assert metainfo['source'] == ['t.txt', 'o.list']


@pytest.mark.parametrize(
    ('line', 'text'),
    [
        ('Abuse001_x264.mp4', 'line 2: expected "<class>/<video>.mp4"'),
        ('Abuse/Abuse001_x264.avi', 'line 2: expected "<class>/<video>.mp4"'),
        (
            'Arson/Abuse001_x264.mp4',
            "line 2: 'Abuse001_x264.mp4' is listed as Arson, but not named",
        ),
        ('Abuse/Abuse002_x264.mp4', "line 2: 'Abuse/Abuse002_x264.mp4' is listed already in"),
    ],
)
def test_a_malformed_training_line_is_named(tmp_path, line, text):
    path = write(tmp_path / 't.txt', f'Abuse/Abuse002_x264.mp4\n{line}\n')
    with raises(f'{path}, {text}'):
        convert_train(path, 'r50')


@pytest.mark.parametrize(
    ('line', 'text'),
    [
        ('Abuse028_x264.mp4  Abuse  165  240', 'line 1: expected "<video>.mp4 class start end'),
        ('Abuse028_x264.mp4  Abuse', 'line 1: expected "file category number ..."'),
        ('Abuse028_x264.mp4 Abuse 240 165 -1 -1', 'line 1: event 240 165 is not'),
        ('Abuse028_x264.mp4 Arson 165 240 -1 -1', "line 1: 'Abuse028_x264.mp4' is listed as Arson"),
        ('Abuse028_x264.mp4 Abuse -1 -1 -1 -1', 'line 1 (Abuse/Abuse028_x264): an anomalous test'),
        ('Normal_Videos_003_x264.mp4 Normal 1 2 -1 -1', 'a normal video has no events'),
        ('Abuse028_x264.mp4 Abuse 165 240 230 250', 'must not overlap'),
    ],
)
def test_a_malformed_test_line_is_named(tmp_path, line, text):
    path = write(tmp_path / 't.txt', line)
    with raises(text) as caught:
        convert_test(path, 'r50')
    assert str(path) in str(caught.value)


def test_an_unknown_family_is_refused(tmp_path):
    with raises("family must be one of ('r50', 'inception'), got 'c3d'"):
        convert_train(tmp_path / 't.txt', 'c3d')


@pytest.mark.parametrize('name', ['', '_frames'])
def test_r50_labels_are_those_of_the_published_protocol(official, name):
    frames = official / 'Temporal_Anomaly_Annotation_frames.txt'
    lengths = {
        entry['video']: SEGMENT_FRAMES * count_segments(entry['num_frames'], 'ceil')
        for entry in convert_test(frames, 'r50')[1]
    }
    temporal = official / f'Temporal_Anomaly_Annotation{name}.txt'
    _, data_list = convert_test(temporal, 'r50', official / 'ucf-i3d-test.list')
    labels = np.concatenate(
        [frame_labels(entry['events'], lengths[entry['video']]) for entry in data_list]
    )
    assert (len(data_list), len(labels), int(labels.sum())) == (290, 1_114_144, 84_343)


def test_inception_labels_lie_within_nine_segments_of_the_published_protocol(official):
    metainfo, data_list = convert_test(
        official / 'Temporal_Anomaly_Annotation_frames.txt',
        'inception',
        official / 'UCF_Test_percrop.list',
    )
    segments = [count_segments(entry['num_frames'], metainfo['tail']) for entry in data_list]
    labels = np.concatenate(
        [
            frame_labels(entry['events'], SEGMENT_FRAMES * count)
            for entry, count in zip(data_list, segments, strict=True)
        ]
    )
    assert len(labels) - 9 * SEGMENT_FRAMES == 1_109_680
    assert 0 <= int(labels.sum()) - 84_128 <= 9 * SEGMENT_FRAMES


def test_official_splits_have_the_published_sizes_and_fit_the_r50_lists(official, tmp_path):
    metainfo, data_list = convert_train(
        official / 'Anomaly_Train.txt', 'r50', official / 'ucf-i3d.list'
    )
    assert (len(data_list), sum(entry['label'] for entry in data_list)) == (1610, 810)
    assert len({entry['category'] for entry in data_list}) == 14
    save_annotations(tmp_path / 'train.json', metainfo, data_list)
    assert load_annotations(tmp_path / 'train.json') == (metainfo, data_list)
    lines = (official / 'ucf-i3d.list').read_text().split()
    files = [f'{entry["video"].rpartition("/")[2]}_i3d.npy' for entry in data_list]
    assert files == [line.rpartition('\\')[2] for line in lines]


def test_video_and_crop_name_the_files_of_the_inception_list(official):
    _, data_list = convert_test(
        official / 'Temporal_Anomaly_Annotation.txt',
        'inception',
        official / 'UCF_Test_percrop.list',
    )
    files = [f'dataset/{entry["video"]}__{crop}.npy' for entry in data_list for crop in range(10)]
    assert files == (official / 'UCF_Test_percrop.list').read_text().split()


def test_annotations_and_lists_differ_in_order(official):
    family = FAMILIES['r50']
    names = list(read_feature_list(official / 'ucf-i3d-test.list', family.list_suffix))
    _, data_list = convert_test(official / 'Temporal_Anomaly_Annotation.txt', 'r50')
    assert names != [entry['video'].rpartition('/')[2] for entry in data_list]
