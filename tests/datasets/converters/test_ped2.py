import re

import numpy as np
import pytest

from mmvad.datasets.annotation_rules import check_annotations
from mmvad.datasets.converters.ped2 import convert_test, convert_train, count_feature_segments
from mmvad.timeline import SEGMENT_FRAMES, frame_labels


@pytest.fixture
def source(tmp_path):
    (tmp_path / 'ped2-test.list').write_text('x/Test001_i3d.npy\nx/Train001_i3d.npy')
    np.save(tmp_path / 'Test001_i3d.npy', np.zeros((2, 1, 4), np.float32))
    np.save(tmp_path / 'Train001_i3d.npy', np.zeros((1, 1, 4), np.float32))
    np.save(tmp_path / 'gt.npy', np.repeat([0, 1, 0], [5, 27, 16]))
    return tmp_path


def raises(text, error=ValueError):
    return pytest.raises(error, match=re.escape(text))


def test_frame_labels_are_cut_by_the_lengths_of_the_features(source):
    segments = count_feature_segments(source / 'ped2-test.list', source)
    assert segments == {'Test001': 2, 'Train001': 1}
    metainfo, data_list = convert_test(source / 'ped2-test.list', source / 'gt.npy', segments)
    assert [entry['events'] for entry in data_list] == [[[5, 32]], []]
    assert [entry['category'] for entry in data_list] == ['Anomaly', 'Normal']
    check_annotations(metainfo, data_list, 'x')


def test_frame_labels_of_another_length_are_refused(source):
    with raises(f'{source}/gt.npy has 48 labels, but the videos of'):
        convert_test(source / 'ped2-test.list', source / 'gt.npy', {'Test001': 2, 'Train001': 2})


def test_frame_labels_that_contradict_the_names_are_refused(source):
    with raises('line 2 (Train001): a normal video has no events, got [[0, 16]]'):
        convert_test(source / 'ped2-test.list', source / 'gt.npy', {'Test001': 1, 'Train001': 2})


def test_a_missing_feature_file_is_named(source):
    (source / 'Train001_i3d.npy').unlink()
    with raises('ped2-test.list, line 2: no feature file at', FileNotFoundError):
        count_feature_segments(source / 'ped2-test.list', source)


def test_a_feature_file_of_another_form_is_named(source):
    np.save(source / 'Train001_i3d.npy', np.zeros((1, 4)))
    with raises('Train001_i3d.npy: expected (segments, crops, channels), got (1, 4)'):
        count_feature_segments(source / 'ped2-test.list', source)


def test_a_name_that_tells_no_label_is_refused(source):
    (source / 'ped2.list').write_text('Walk001_i3d.npy')
    with raises("ped2.list, line 1: expected a name that starts with Test or Train, got 'Walk001'"):
        convert_train(source / 'ped2.list')


def test_labels_equal_the_published_ones(shared_data):
    folder = shared_data / 'features' / 'ped2_mobilenet'
    test_list = folder / 'ped2-test.list'
    segments = count_feature_segments(test_list, folder)
    _, data_list = convert_test(test_list, folder / 'gt-ped2.npy', segments)
    labels = np.concatenate(
        [
            frame_labels(entry['events'], SEGMENT_FRAMES * segments[entry['video']])
            for entry in data_list
        ]
    )
    assert np.array_equal(labels, np.load(folder / 'gt-ped2.npy'))
    assert (len(data_list), sum(entry['label'] for entry in data_list)) == (18, 6)


def test_the_training_split_has_ten_videos(shared_data):
    _, data_list = convert_train(shared_data / 'features' / 'ped2_mobilenet' / 'ped2.list')
    assert (len(data_list), sum(entry['label'] for entry in data_list)) == (10, 6)


def test_segments_are_counted_up_and_videos_stay_in_the_order_of_the_list(source):
    test_list = source / 'ped2-test.list'
    lines = ['x/Train001_i3d.npy', 'x/Test003_i3d.npy', 'x/Test001_i3d.npy']
    test_list.write_text('\n'.join(lines))
    metainfo, data_list = convert_train(test_list)
    assert [entry['video'] for entry in data_list] == ['Train001', 'Test003', 'Test001']
    assert (metainfo['tail'], metainfo['segments_tolerance']) == ('ceil', 0)
    np.save(source / 'gt.npy', np.repeat([0, 1, 0, 1], [16, 3, 13, 32]))
    segments = {'Test001': 2, 'Train001': 1, 'Test003': 1}
    metainfo, data_list = convert_test(test_list, source / 'gt.npy', segments)
    found = {entry['video']: entry['events'] for entry in data_list}
    assert list(found.items()) == [
        ('Train001', []),
        ('Test003', [[0, 3]]),
        ('Test001', [[0, 32]]),
    ]
    assert (metainfo['tail'], metainfo['segments_tolerance']) == ('ceil', 0)
