"""Records beside feature files: what differs, words of older ones, resampled videos."""

import logging

import numpy as np
import pytest
from mmengine.logging import MMLogger

from mmvad.datasets.feature_record import (
    FORMAT,
    common_record,
    differences,
    extractor_weights,
    read_record,
    record_path,
    rounding_differences,
    scored_annotation,
)
from mmvad.files import write_json

PLAIN = dict(network='i3d', tail='ceil', dtype='float32')


def write_recorded(folder, *records):
    paths = []
    for index, features in enumerate(records):
        path = folder / f'{index}.npy'
        np.save(path, np.zeros((1, 1, 1), np.float32))
        write_json(record_path(path), dict(format=FORMAT, features=features))
        paths.append(path)
    return paths


@pytest.mark.parametrize('dtype', ['bfloat16', None])
def test_float_type_changes_features_by_rounding_only(dtype):
    other = dict(PLAIN, dtype=dtype)
    assert differences(PLAIN, other) == []
    assert rounding_differences(PLAIN, other) == [f"dtype: 'float32' and {dtype!r}"]


def test_float_type_that_nobody_knows_is_a_difference():
    other = dict(PLAIN, dtype='int8')
    assert differences(PLAIN, other) == ["dtype: 'float32' and 'int8'"]
    assert rounding_differences(PLAIN, other) == []


def test_everything_else_is_a_difference():
    other = dict(network='c3d', dtype='bfloat16', fps=25)
    assert differences(PLAIN, other) == [
        "network: 'i3d' and 'c3d'",
        "tail: 'ceil' and None",
        'fps: None and 25',
    ]


def test_files_of_one_set_may_differ_by_rounding_which_is_told(tmp_path):
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = MMLogger.get_instance('records', logger_name='records', log_level='INFO')
    logger.addHandler(handler)
    paths = write_recorded(tmp_path, PLAIN, dict(PLAIN, dtype='bfloat16'), PLAIN)
    assert common_record(paths) == PLAIN
    assert lines == [
        f'1 feature files differ from {paths[0]} by rounding only, the first is {paths[1]}: '
        "dtype: 'float32' and 'bfloat16'"
    ]


def test_files_of_one_set_that_differ_otherwise_are_refused(tmp_path):
    paths = write_recorded(tmp_path, PLAIN, dict(PLAIN, tail='floor', dtype='bfloat16'))
    with pytest.raises(ValueError, match=r"0\.npy and .*1\.npy differ in tail: 'ceil' and 'floor'"):
        common_record(paths)


ENTRY = dict(video='a', num_frames=256, events=[[176, 200]])


def test_a_record_that_says_sound_is_one_of_audio(tmp_path):
    path = tmp_path / 'a.record.json'
    write_json(path, dict(format=1, features=dict(modality='sound', tail='ceil')))
    assert read_record(path)['features'] == dict(modality='audio', tail='ceil')
    assert differences(dict(modality='sound'), dict(modality='audio')) == []
    assert differences(dict(modality='sound'), dict(modality='rgb')) != []


def test_an_annotation_of_source_frames_stays_as_it_is():
    assert scored_annotation(ENTRY, 16, None) == ENTRY
    record = dict(video=dict(num_frames=256, fps=25.0, source_fps=25.0))
    assert scored_annotation(ENTRY, 16, record) == ENTRY


def test_events_of_a_resampled_variable_rate_follow_the_frames_that_were_shown():
    # 160 frames at 30 a second, then 96 at 6, shown at 10 a second: 8 s is frame 80 and source 176.
    scored = np.append(np.arange(0, 213, 16), 213)
    sources = np.where(scored < 53.333, scored * 3, 160 + (scored - 53.333) * 0.6).round()
    times = dict(segment_times=None, source_frames=[*sources[:-1].tolist(), 256])
    record = dict(video=dict(num_frames=213, fps=10.0, source_fps=12.0, **times))
    found = scored_annotation(ENTRY, 14, record)
    record['video']['source_fps'] = 10.0  # the average rate may be the one that was asked for
    assert scored_annotation(ENTRY, 14, record) == found
    assert found['num_frames'] == 213
    assert np.array(found['events']) == pytest.approx(np.array([[80, 120]]), abs=2)


def test_events_at_the_end_stay_inside_of_a_resampled_video():
    # 180 frames at 10 a second, labelled to the end of the padded segment; 450 at 25, padded 464.
    entry = dict(video='a', num_frames=180, events=[[170, 192]])
    record = dict(video=dict(num_frames=450, fps=25.0, source_fps=10.0))
    assert scored_annotation(entry, 29, record)['events'] == [(425, 464)]
    # The last of 300 frames at 30 a second is shown with the last of 50 at 5.
    entry = dict(video='a', num_frames=300, events=[[299, 300]])
    record = dict(video=dict(num_frames=50, fps=5.0, source_fps=30.0))
    assert scored_annotation(entry, 4, record)['events'] == [(49, 51)]


@pytest.mark.parametrize('content', [b'{"format": 1, "format": 1}', b'[' * 100_000, b'\xff'])
def test_record_that_is_no_json_is_refused_by_name(tmp_path, content):
    (tmp_path / 'a.record.json').write_bytes(content)
    with pytest.raises(ValueError, match=r'a\.record\.json: not a JSON file'):
        read_record(tmp_path / 'a.record.json')


def test_the_weights_of_an_extractor_are_read_from_beside_its_features(tmp_path):
    path = tmp_path / 'a.npy'
    assert extractor_weights(path) is None
    for stored, expected in (('random, seed 0', 'random, seed 0'), (3, None), (None, None)):
        write_json(record_path(path), dict(format=FORMAT, features=PLAIN, weights=stored))
        assert extractor_weights(path) == expected
