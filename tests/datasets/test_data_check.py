import re
from errno import ENOMEM

import numpy as np
import pytest

from mmvad.datasets.annotations import make_entry, make_metainfo, save_annotations
from mmvad.datasets.data_check import (
    Summary,
    check_dataset,
    check_video,
    configured_datasets,
)
from mmvad.datasets.feature_store import FeatureStore
from mmvad.files import write_json

METAINFO = make_metainfo('mine', 'test', 'ceil')


def save(path, *shape, dtype=np.float32):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.ones(shape, dtype))


def entry(num_frames=None, events=()):
    return make_entry('a', 'Riot' if events else 'Normal', num_frames, events)


@pytest.fixture
def crops(tmp_path):
    """Two crops of three segments, and audio."""
    for crop in (0, 1):
        save(tmp_path / f'a__{crop}.npy', 3, 4)
    save(tmp_path / 'a__vggish.npy', 3, 2)
    audio = dict(pattern='{video}__vggish.npy', num_channels=2)
    return FeatureStore(tmp_path, '{video}__{crop}.npy', 2, 4, 'SD', audio)


@pytest.fixture
def whole(tmp_path):
    """One file of three segments and two crops."""
    save(tmp_path / 'a.npy', 3, 2, 4)
    return FeatureStore(tmp_path, '{video}.npy', 2, 4)


def test_files_that_fit_give_no_problem(crops):
    assert check_video(crops, entry(48), METAINFO) == []


def test_every_file_of_a_video_is_judged_not_only_the_first(crops):
    (crops.root / 'a__0.npy').unlink()
    save(crops.root / 'a__1.npy', 3, 5)
    save(crops.root / 'a__vggish.npy', 3, 7)
    first, second, third = check_video(crops, entry(), METAINFO)
    assert first == f'feature file not found: {crops.root}/a__0.npy'
    assert second.startswith(f'{crops.root}/a__1.npy: expected width 4, got 5')
    assert third.startswith(f'{crops.root}/a__vggish.npy: expected width 2, got 7')


@pytest.mark.parametrize(
    ('shape', 'text'),
    [
        ((3, 2, 5), 'expected width 4, got 5'),
        ((3, 10, 4), 'expected 2 crops, got 10'),
        ((3, 4), 'expected 3 axes (SKD), got shape (3, 4)'),
        ((0, 2, 4), 'holds no segment'),
    ],
)
def test_a_file_of_the_wrong_shape_is_named(whole, shape, text):
    save(whole.root / 'a.npy', *shape)
    (problem,) = check_video(whole, entry(), METAINFO)
    assert problem.startswith(f'{whole.root}/a.npy: {text}')


@pytest.mark.parametrize(
    ('dtype', 'text'), [(object, 'an object array'), (np.int32, 'expected floats')]
)
def test_a_file_of_the_wrong_type_is_named(whole, dtype, text):
    save(whole.root / 'a.npy', 3, 2, 4, dtype=dtype)
    (problem,) = check_video(whole, entry(), METAINFO)
    assert problem.startswith(f'{whole.root}/a.npy: {text}')


def test_a_truncated_file_is_named(whole):
    path = whole.root / 'a.npy'
    path.write_bytes(path.read_bytes()[:-1])
    (problem,) = check_video(whole, entry(), METAINFO)
    assert problem.startswith(f'{path}: truncated')


@pytest.mark.parametrize('values', [[np.nan], [np.inf], [np.inf, -np.inf]])
def test_a_value_that_is_not_finite_is_named_with_its_segment(whole, values):
    array = np.ones((3, 2, 4), np.float32)
    array[1, 1, : len(values)] = values
    np.save(whole.root / 'a.npy', array)
    problem = f'{whole.root}/a.npy: features hold NaN or Inf, the first in segment 1'
    assert check_video(whole, entry(), METAINFO) == [problem]
    assert check_video(whole, entry(), METAINFO, values=False) == []


def test_a_file_that_cannot_be_mapped_is_a_problem_and_no_end(whole, monkeypatch):
    def fail(*arguments, **options):
        raise OSError(ENOMEM, 'Cannot allocate memory')

    monkeypatch.setattr(np, 'load', fail)
    (problem,) = check_video(whole, entry(), METAINFO)
    assert 'a.npy: cannot be read: Cannot allocate memory' in problem


def test_large_finite_values_are_no_problem(whole):
    np.save(whole.root / 'a.npy', np.full((3, 2, 4), 3e38, np.float32))
    assert check_video(whole, entry(), METAINFO) == []


def test_crops_of_different_length_are_a_problem(crops):
    save(crops.root / 'a__1.npy', 4, 4)
    (problem,) = check_video(crops, entry(), METAINFO)
    assert 'crop files differ in segments' in problem


def test_audio_may_be_one_segment_shorter_but_no_more(crops):
    save(crops.root / 'a__vggish.npy', 2, 2)
    assert check_video(crops, entry(), METAINFO) == []
    assert crops.trimmed == {'a'}
    save(crops.root / 'a__vggish.npy', 1, 2)
    (problem,) = check_video(crops, entry(), METAINFO)
    assert '1 audio segments do not match 3 of a' in problem


@pytest.mark.parametrize(
    ('num_frames', 'tail', 'tolerance', 'fits'),
    [
        (33, 'ceil', 0, True),
        (48, 'ceil', 0, True),
        (49, 'ceil', 0, False),
        (32, 'ceil', 1, False),
        (63, 'floor', 0, True),
        (64, 'floor', 0, False),
        (64, 'floor', 1, True),
        (64, 'drop_last', 0, True),
        (65, 'drop_last', 0, False),
        (999, None, 0, True),
        (None, 'ceil', 0, True),
    ],
)
def test_lengths_follow_the_tail_rule(whole, num_frames, tail, tolerance, fits):
    metainfo = make_metainfo('mine', 'test', tail, tolerance)
    problems = check_video(whole, entry(num_frames), metainfo)
    assert (problems == []) == fits
    assert all(problem.startswith('length mismatch: expected') for problem in problems)


@pytest.mark.parametrize(
    ('event', 'fits'), [((40, 63), True), ((40, 65), False), ((48, 50), False)]
)
def test_events_must_lie_in_the_segments_where_the_frame_count_is_unknown(whole, event, fits):
    problems = check_video(whole, entry(None, [event]), METAINFO)
    assert (problems == []) == fits
    assert all('lies beyond the 3 segments (48 frames)' in problem for problem in problems)


def dataset(folder, **features):
    layout = dict(root='features', pattern='{video}.npy', num_crops=2, num_channels=4)
    return dict(
        type='VideoFeatureDataset',
        data_root=str(folder),
        ann_file='train.json',
        features=layout | features,
    )


def test_the_walk_goes_on_behind_a_problem_and_counts(tmp_path):
    entries = [make_entry(video, 'Normal', 48) for video in ('a', 'b', 'c')]
    save_annotations(tmp_path / 'train.json', make_metainfo('mine', 'train', 'ceil'), entries)
    save(tmp_path / 'features' / 'b.npy', 3, 2, 4)
    save(tmp_path / 'features' / 'c.npy', 4, 2, 4)
    lines = []
    assert check_dataset(dataset(tmp_path), lines.append) == Summary(
        videos=3, files=2, problems=2, trimmed=0
    )
    assert lines[0] == f'a: feature file not found: {tmp_path}/features/a.npy'
    assert lines[1].startswith('c: length mismatch: expected 3 segments for 48 frames')


def test_a_missing_annotation_file_is_one_problem(tmp_path):
    lines = []
    assert check_dataset(dataset(tmp_path), lines.append) == Summary(0, 0, 1, 0)
    assert lines[0].startswith(f'no annotation file at {tmp_path}/train.json')


def test_contradicting_settings_are_raised(tmp_path):
    save_annotations(
        tmp_path / 'train.json', make_metainfo('mine', 'train', None), [make_entry('a', 'Normal')]
    )
    with pytest.raises(ValueError, match='layout must be one of'):
        check_dataset(dataset(tmp_path, layout='DKS'))


def test_a_held_out_part_is_not_walked_twice(tmp_path):
    train = dict(dataset(tmp_path), subset='train')
    held_out = dict(dataset(tmp_path), subset='held_out', test_mode=True)
    test = dict(dataset(tmp_path), ann_file='test.json')
    config = {
        'train_dataloader': dict(dataset=train),
        'val_dataloader': dict(dataset=held_out),
        'test_dataloader': dict(dataset=test),
    }
    assert configured_datasets(config) == {'train': train, 'test': test}
    assert configured_datasets(config, ['val']) == {'val': held_out}


def test_a_config_without_data_sets_is_refused():
    text = "the config has no data set in any of the splits ['val']"
    with pytest.raises(ValueError, match=re.escape(text)):
        configured_datasets({'val_dataloader': None}, ['val'])


def test_another_kind_of_data_set_is_refused():
    config = {'train_dataloader': dict(dataset=dict(type='VideoDataset'))}
    text = "expected type VideoFeatureDataset or JoinedFeatureDataset, got 'VideoDataset'"
    with pytest.raises(ValueError, match=re.escape(text)):
        configured_datasets(config)


def test_event_at_the_end_of_a_video_trimmed_to_its_audio_is_no_problem(crops):
    event = [(20, 16 * 3 + 15)]
    save(crops.root / 'a__vggish.npy', 2, 2)
    assert check_video(crops, entry(None, event), METAINFO) == []
    assert check_video(crops, entry(16 * 3, event[:0]), METAINFO) == []
    (problem,) = check_video(crops, entry(None, [(20, 16 * 4 + 1)]), METAINFO)
    assert 'event [20, 65) lies beyond the 2 segments (32 frames, tolerance 1)' in problem


def resampled(store, **video):
    record = dict(format=1, features={}, video=dict(num_frames=40, fps=25, source_fps=30, **video))
    write_json(store.root / 'a.record.json', record)


def test_lengths_of_resampled_features_are_held_against_the_frames_of_the_source(whole):
    resampled(whole)  # 48 frames of the source, 40 at 25 a second, 3 segments
    assert check_video(whole, entry(48, [(30, 42)]), METAINFO) == []
    (problem,) = check_video(whole, entry(90), METAINFO)
    assert problem.startswith('num_frames counts frames of the source, which has 48 according to')
    (problem,) = check_video(whole, entry(48), dict(METAINFO, tail='floor'))
    assert problem.startswith('length mismatch: expected 2 segments for 40 frames')


def test_two_videos_that_share_a_file_are_a_problem(tmp_path):
    save(tmp_path / 'x.npy', 3, 2, 4)
    entries = [make_entry(video, 'Normal', 48) for video in ('a/x', 'b/x')]
    save_annotations(tmp_path / 'test.json', METAINFO, entries)
    features = dict(root='', pattern='{name}.npy', num_crops=2, num_channels=4)
    lines = []
    dataset = dict(ann_file='test.json', data_root=str(tmp_path), features=features)
    assert check_dataset(dataset, lines.append).problems == 1
    assert lines == [f"{tmp_path}/x.npy is the file of both 'a/x' and 'b/x'"]
