import re

import numpy as np
import pytest

from mmvad.datasets.annotation_rules import check_annotations
from mmvad.datasets.converters.xd_violence import convert, name_category, read_events
from mmvad.timeline import SEGMENT_FRAMES, frame_labels

NAMES = ('v=é x__#1_label_B1-B2-0', 'Film.1999__#00-01_label_A', 'w=2__#1_label_G')


@pytest.fixture
def official(shared_data):
    return shared_data / 'annotations' / 'xd_violence'


@pytest.fixture
def rgb_list(tmp_path):
    path = tmp_path / 'rgb_test.list'
    path.write_text(
        '\n'.join(f'/media/x/{name}__{crop}.npy' for name in NAMES for crop in range(5)),
        encoding='utf-8',
    )
    return path


def write(path, text):
    path.write_text(text, encoding='utf-8')
    return path


def raises(text, error=ValueError):
    return pytest.raises(error, match=re.escape(text))


def test_labels_and_events_meet_by_name_despite_a_stray_extension(tmp_path, rgb_list):
    annotations = write(tmp_path / 'a.txt', f'{NAMES[2]}.mp4 3 9\n{NAMES[0]} 0 5 7 9 20 30')
    metainfo, data_list = convert(rgb_list, 'test', annotations)
    assert [entry['video'] for entry in data_list] == list(NAMES)
    assert [entry['category'] for entry in data_list] == ['B1-B2', 'Normal', 'G']
    assert [entry['events'] for entry in data_list] == [[[0, 5], [7, 9], [20, 30]], [], [[3, 9]]]
    assert metainfo['tail'] == 'drop_last'
    check_annotations(metainfo, data_list, 'x')


@pytest.mark.parametrize(
    ('label', 'category'),
    [
        ('A', 'Normal'),
        ('B1', 'B1'),
        ('B1-0-0', 'B1'),
        ('G-B2-B6', 'G-B2-B6'),
        ('B2-G-0', 'B2-G'),
    ],
)
def test_categories_are_the_codes_without_zeros(label, category):
    assert name_category(f'v=_label_x_label_{label}', 'x') == category


@pytest.mark.parametrize('name', ['v=1', 'v_label_', 'v_label_B3-0-0', 'v_label_0-0-0', 'A'])
def test_a_name_without_a_known_label_is_refused(name):
    with raises('rgb.list, line 6: expected a name that ends in _label_A or in codes of'):
        name_category(name, 'rgb.list, line 6')


def test_annotations_must_name_exactly_the_anomalous_videos(tmp_path, rgb_list):
    annotations = write(tmp_path / 'a.txt', f'{NAMES[0]} 0 5\n{NAMES[1]} 3 9')
    text = f"only the first has ['{NAMES[2]}'], only the second has ['{NAMES[1]}']"
    with raises(text):
        convert(rgb_list, 'test', annotations)


def test_an_anomalous_test_video_needs_annotations(rgb_list):
    with raises(f'{rgb_list}, line 1 ({NAMES[0]}): an anomalous test video needs at least one'):
        convert(rgb_list, 'test')


def test_audio_and_rgb_lists_must_name_the_same_videos(tmp_path, rgb_list):
    audio = write(tmp_path / 'audio.list', '\n'.join(f'{name}__vggish.npy' for name in NAMES[:2]))
    with raises(
        f"name different videos: only the first has ['{NAMES[2]}'], only the second has []"
    ):
        convert(rgb_list, 'train', audio_list=audio)


@pytest.mark.parametrize(
    ('line', 'text'),
    [
        ('v_label_G', 'line 2: expected "name start end [start end ...]", got'),
        ('v 3 9', 'line 2: expected "name start end [start end ...]", got'),
        ('v_label_G 3', 'line 2: expected pairs of start and end, got [3]'),
        ('v_label_G 9 3', 'line 2: event 9 3 is not 0 <= start <= end'),
        ('w_label_G.mp4 3 9', "line 2: 'w_label_G' is listed already in"),
    ],
)
def test_a_malformed_annotation_is_named(tmp_path, line, text):
    path = write(tmp_path / 'a.txt', f'w_label_G 0 1\n{line}\n')
    with raises(f'{path}, {text}'):
        read_events(path)


def test_an_empty_event_is_named_with_its_video(tmp_path, rgb_list):
    annotations = write(tmp_path / 'a.txt', f'{NAMES[2]} 3 3\n{NAMES[0]} 0 5')
    with raises(f'({NAMES[2]}): event [3, 3] is empty'):
        convert(rgb_list, 'test', annotations)


def test_labels_are_those_of_the_published_protocol(official, shared_data):
    _, data_list = convert(
        official / 'rgb_test.list',
        'test',
        official / 'annotations.txt',
        official / 'audio_test.list',
    )
    segments = np.load(shared_data / 'scores' / 'xd_violence' / 'segments_per_video.npy').tolist()
    labels = np.concatenate(
        [
            frame_labels(entry['events'], SEGMENT_FRAMES * count)
            for entry, count in zip(data_list, segments, strict=True)
        ]
    )
    assert (len(labels), int(labels.sum())) == (2_330_384, 537_805)
    assert (len(data_list), sum(entry['label'] for entry in data_list)) == (800, 500)
    overhang = [
        entry['events'][-1][1] - SEGMENT_FRAMES * count
        for entry, count in zip(data_list, segments, strict=True)
        if entry['events']
    ]
    assert sum(frames > 0 for frames in overhang) == 71
    assert max(overhang) < SEGMENT_FRAMES


def test_the_training_split_has_the_published_size_and_fits_both_lists(official):
    _, data_list = convert(official / 'rgb.list', 'train', audio_list=official / 'audio.list')
    assert (len(data_list), sum(entry['label'] for entry in data_list)) == (3954, 1905)
    videos = [entry['video'] for entry in data_list]
    rgb = (official / 'rgb.list').read_text().splitlines()
    audio = (official / 'audio.list').read_text().splitlines()
    assert [f'{video}__{crop}.npy' for video in videos for crop in range(5)] == [
        line.rpartition('/')[2] for line in rgb
    ]
    assert [f'{video}__vggish.npy' for video in videos] == [
        line.rpartition('/')[2] for line in audio
    ]


def test_official_annotations_lose_no_video_to_stray_extensions(official):
    events = read_events(official / 'annotations.txt')
    assert len(events) == 500
    assert not any(name.endswith('.mp4') for name in events)
