import re

import numpy as np
import pytest

from mmvad.datasets.annotations import save_annotations
from mmvad.datasets.converters.shanghaitech import convert
from mmvad.timeline import SEGMENT_FRAMES, frame_labels


@pytest.fixture
def official(shared_data):
    return shared_data / 'annotations' / 'shanghaitech'


@pytest.fixture
def source(tmp_path):
    (tmp_path / 'masks').mkdir()
    np.save(tmp_path / 'masks' / '01_0014.npy', np.repeat([0, 1, 0, 1], [3, 4, 5, 8]))  # 20 frames
    np.save(tmp_path / 'masks' / '01_0015.npy', np.repeat([0, 1, 0], [3, 4, 13]))
    np.save(tmp_path / 'masks' / '01_0016.npy', np.zeros(20, np.uint8))
    (tmp_path / 'list.txt').write_text('01_0014\n01_0015\n01_0016\n01_002')
    return tmp_path


def raises(text, error=ValueError):
    return pytest.raises(error, match=re.escape(text))


def test_events_are_runs_of_ones_and_the_last_one_fills_the_padded_tail(source):
    metainfo, data_list = convert(source / 'list.txt', source / 'masks', 'test', 'r50')
    assert [entry['events'] for entry in data_list] == [[[3, 7], [12, 32]], [[3, 7]], [], []]
    assert [entry['num_frames'] for entry in data_list] == [20, 20, 20, None]
    assert metainfo['tail'] == 'ceil'
    save_annotations(source / 'test.json', metainfo, data_list)


def test_labels_come_from_the_masks_and_three_digits_are_normal(source):
    _, data_list = convert(source / 'list.txt', source / 'masks', 'train', 'r50')
    assert [entry['label'] for entry in data_list] == [1, 1, 0, 0]
    assert all(entry['events'] == [] for entry in data_list)


def test_inception_lengths_are_left_to_the_features(source):
    metainfo, _ = convert(source / 'list.txt', source / 'masks', 'test', 'inception')
    assert metainfo['tail'] is None


def test_a_four_digit_video_needs_its_mask(source):
    (source / 'masks' / '01_0015.npy').unlink()
    text = f'{source}/list.txt, line 2: 01_0015 belongs to the original test set and needs its '
    text += 'frame mask'
    with raises(text, FileNotFoundError):
        convert(source / 'list.txt', source / 'masks', 'test', 'r50')


@pytest.mark.parametrize('line', ['01_15', '01_00153', 'a/01_0015', '01_0015.avi'])
def test_a_malformed_name_is_named(source, line):
    (source / 'list.txt').write_text(f'01_0014\n{line}\n')
    with raises(f'{source}/list.txt, line 2: expected a name like 01_0015 or 01_001, got {line!r}'):
        convert(source / 'list.txt', source / 'masks', 'test', 'r50')


def test_a_video_that_comes_twice_is_named(source):
    (source / 'list.txt').write_text('01_0014\n01_0014\n')
    with raises(f"line 2: '01_0014' is listed already in {source}/list.txt, line 1"):
        convert(source / 'list.txt', source / 'masks', 'test', 'r50')


def test_an_unknown_family_is_refused(source):
    with raises("family must be one of ('r50', 'inception'), got 'c3d'"):
        convert(source / 'list.txt', source / 'masks', 'test', 'c3d')


@pytest.mark.parametrize('family', ['r50', 'inception'])
def test_labels_are_those_of_the_published_protocol(official, family):
    _, data_list = convert(
        official / 'SH_Test.txt',
        official / 'test_frame_mask',
        'test',
        family,
        official / 'shanghai-i3d-test-10crop.list',
    )
    rows = [line.split() for line in (official / 'test_segments.txt').read_text().splitlines()]
    assert [name for name, _ in rows] == [entry['video'] for entry in data_list]
    labels = np.concatenate(
        [
            frame_labels(entry['events'], SEGMENT_FRAMES * int(count))
            for entry, (_, count) in zip(data_list, rows, strict=True)
        ]
    )
    assert (len(labels), int(labels.sum())) == (142_912, 8_028)
    assert (len(data_list), sum(entry['label'] for entry in data_list)) == (199, 44)


def test_the_training_split_has_the_published_size_and_fits_the_list(official):
    order = official / 'shanghai-i3d-train-10crop.list'
    _, data_list = convert(
        official / 'SH_Train.txt', official / 'test_frame_mask', 'train', 'r50', order
    )
    assert (len(data_list), sum(entry['label'] for entry in data_list)) == (238, 63)
    files = [f'{entry["video"]}_i3d.npy' for entry in data_list]
    assert files == [line.rpartition('/')[2] for line in order.read_text().split()]
