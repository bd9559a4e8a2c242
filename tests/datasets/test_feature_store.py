import json
import os
import re

import numpy as np
import pytest

from mmvad.datasets.feature_record import record_path
from mmvad.datasets.feature_store import FeatureStore

S, K, D, AUDIO = 5, 3, 8, 4
VIDEO = 'Abuse/Abuse001_x264'


@pytest.fixture
def features():
    return np.random.default_rng(0).standard_normal((S, K, D + AUDIO)).astype(np.float32)


@pytest.fixture
def visual(features):
    return features[..., :D]


def store(root, pattern='{name}_i3d.npy', num_crops=K, num_channels=D, **options):
    return FeatureStore(root, pattern, num_crops, num_channels, **options)


def save(path, array, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array, **options)
    return path


# every layout of facts that circulates gives the same numbers


def test_r50_file_is_read_as_it_is(tmp_path, visual):
    save(tmp_path / 'Abuse001_x264_i3d.npy', visual)
    loaded = store(tmp_path).load(VIDEO)
    assert isinstance(loaded, np.memmap)
    np.testing.assert_array_equal(loaded, visual)


def test_crop_major_file_is_turned(tmp_path, visual):
    save(tmp_path / 'Abuse001_x264_i3d.npy', visual.swapaxes(0, 1))
    loaded = store(tmp_path, layout='KSD').load(VIDEO)
    assert isinstance(loaded, np.memmap)
    np.testing.assert_array_equal(loaded, visual)


def test_files_of_crops_are_joined_in_order(tmp_path, visual):
    for crop in range(K):
        save(tmp_path / 'Abuse' / f'Abuse001_x264__{crop}.npy', visual[:, crop])
    loaded = store(tmp_path, '{video}__{crop}.npy', layout='SD').load(VIDEO)
    np.testing.assert_array_equal(loaded, visual)


def test_one_crop_file_of_two_axes_gets_its_crop_axis(tmp_path, visual):
    save(tmp_path / 'Abuse001_x264_i3d.npy', visual[:, 0])
    loaded = store(tmp_path, num_crops=1, layout='SD').load(VIDEO)
    np.testing.assert_array_equal(loaded, visual[:, :1])


@pytest.mark.parametrize('dtype', [np.float16, np.float64])
@pytest.mark.parametrize('order', ['C', 'F'])
def test_float_type_and_memory_order_are_those_of_the_file(tmp_path, visual, dtype, order):
    save(tmp_path / 'Abuse001_x264_i3d.npy', np.array(visual, dtype, order=order))
    loaded = store(tmp_path).load(VIDEO)
    assert loaded.dtype == dtype
    np.testing.assert_array_equal(loaded, visual.astype(dtype))


def test_newer_npy_header_is_read(tmp_path, visual):
    with (tmp_path / 'Abuse001_x264_i3d.npy').open('wb') as file:
        np.lib.format.write_array(file, visual, version=(2, 0))
    np.testing.assert_array_equal(store(tmp_path).load(VIDEO), visual)


def test_writing_to_a_loaded_video_leaves_the_file_alone(tmp_path, visual):
    save(tmp_path / 'Abuse001_x264_i3d.npy', visual)
    store(tmp_path).load(VIDEO)[:] = 0
    np.testing.assert_array_equal(store(tmp_path).load(VIDEO), visual)


@pytest.mark.parametrize(
    ('pattern', 'expected'),
    [
        ('{video}.npy', 'Abuse/Abuse001_x264.npy'),
        ('{name}.npy', 'Abuse001_x264.npy'),
        ('{folder}/all/{name}.npy', 'Abuse/all/Abuse001_x264.npy'),
    ],
)
def test_placeholders_of_the_pattern(pattern, expected):
    assert [path.as_posix() for path in store('root', pattern).paths(VIDEO)] == [f'root/{expected}']


def test_names_of_xd_violence_are_taken_literally(tmp_path, visual):
    video = 'v=AbC#1_label_B1-0-0 {x} é'
    for crop in range(K):
        save(tmp_path / f'{video}__{crop}.npy', visual[:, crop])
    loaded = store(tmp_path, '{video}__{crop}.npy', layout='SD').load(video)
    np.testing.assert_array_equal(loaded, visual)


# audio


def audio_store(root):
    audio = dict(pattern='vggish/{name}.npy', num_channels=AUDIO)
    return store(root, '{name}__{crop}.npy', layout='SD', audio=audio)


def save_with_audio(root, features, audio_segments):
    for crop in range(K):
        save(root / f'a__{crop}.npy', features[:, crop, :D])
    audio = np.resize(features[:, 0, D:], (audio_segments, AUDIO))
    save(root / 'vggish' / 'a.npy', audio)
    return audio


def test_audio_is_joined_to_every_crop(tmp_path, features):
    features[..., D:] = features[:, :1, D:]
    save_with_audio(tmp_path, features, S)
    sound = audio_store(tmp_path)
    np.testing.assert_array_equal(sound.load('a'), features)
    assert sound.width == D + AUDIO and sound.trimmed == set()
    assert [path.name for path in sound.paths('a')] == ['a__0.npy', 'a__1.npy', 'a__2.npy', 'a.npy']


def test_video_one_segment_longer_than_its_audio_is_cut_and_reported(tmp_path, features):
    audio = save_with_audio(tmp_path, features, S - 1)
    sound = audio_store(tmp_path)
    loaded = sound.load('a')
    np.testing.assert_array_equal(loaded[..., :D], features[: S - 1, :, :D])
    np.testing.assert_array_equal(loaded[:, 1, D:], audio)
    assert sound.trimmed == {'a'}


@pytest.mark.parametrize('audio_segments', [S - 2, S + 1])
def test_any_other_difference_of_audio_is_refused(tmp_path, features, audio_segments):
    save_with_audio(tmp_path, features, audio_segments)
    message = rf'vggish/a\.npy: {audio_segments} audio segments do not match {S} of a;'
    with pytest.raises(ValueError, match=message):
        audio_store(tmp_path).load('a')


def test_audio_of_another_width_is_refused(tmp_path, features):
    save_with_audio(tmp_path, features, S)
    save(tmp_path / 'vggish' / 'a.npy', np.zeros((S, AUDIO + 1), np.float32))
    message = r'vggish/a\.npy: expected audio of shape \(S, 4\), got \(5, 5\)'
    with pytest.raises(ValueError, match=message):
        audio_store(tmp_path).load('a')


def test_one_segment_without_audio_is_refused(tmp_path, features):
    save_with_audio(tmp_path, features[:1], 1)
    save(tmp_path / 'vggish' / 'a.npy', np.zeros((0, AUDIO), np.float32))
    with pytest.raises(ValueError, match='0 audio segments do not match 1 of a'):
        audio_store(tmp_path).load('a')


# what does not fit is refused by name


@pytest.mark.parametrize(
    ('array', 'message'),
    [
        (np.zeros((S, K, D + 1), np.float32), f'expected width {D}, got {D + 1}'),
        (np.zeros((S, K + 1, D), np.float32), f'expected {K} crops, got {K + 1}'),
        (np.zeros((K, S, D), np.float32), f'expected {K} crops, got {S}'),
        (np.zeros((S, D), np.float32), r'expected 3 axes \(SKD\), got shape \(5, 8\)'),
        (np.zeros((0, K, D), np.float32), r'holds no segment, shape \(0, 3, 8\)'),
        (np.zeros((S, K, D), np.int64), r"expected floats, one of \('float16', .*, got int64"),
        (np.zeros((S, K, D), '>f4'), 'expected floats, .*, got >f4'),
        (np.zeros((S, K, D), np.complex64), 'expected floats, .*, got complex64'),
    ],
)
def test_array_that_does_not_fit_is_refused_by_name(tmp_path, array, message):
    save(tmp_path / 'Abuse001_x264_i3d.npy', array)
    with pytest.raises(ValueError, match=rf'Abuse001_x264_i3d\.npy: {message}'):
        store(tmp_path).load(VIDEO)


def test_crop_files_of_different_length_are_refused(tmp_path, visual):
    for crop in range(K):
        save(tmp_path / f'a__{crop}.npy', visual[: S - (crop == 1), crop])
    message = r"a: crop files differ in segments: \{'a__0.npy': 5, 'a__1.npy': 4, 'a__2.npy': 5\}"
    with pytest.raises(ValueError, match=message):
        store(tmp_path, '{name}__{crop}.npy', layout='SD').load('a')


@pytest.mark.parametrize('kept', [1, 200])
def test_truncated_file_is_refused(tmp_path, visual, kept):
    path = save(tmp_path / 'Abuse001_x264_i3d.npy', visual)
    content = path.read_bytes()
    path.write_bytes(content[:-kept])
    message = (
        f'truncated or damaged; shape .* needs {len(content)} bytes, got {len(content) - kept}'
    )
    with pytest.raises(ValueError, match=message):
        store(tmp_path).load(VIDEO)


@pytest.mark.parametrize('content', [b'', b'\x93NUMPY\x01\x00v', b'PK\x03\x04 an archive', b'{}'])
def test_what_is_no_npy_file_is_refused(tmp_path, content):
    (tmp_path / 'Abuse001_x264_i3d.npy').write_bytes(content)
    with pytest.raises(ValueError, match=r'Abuse001_x264_i3d\.npy: not a \.npy file \('):
        store(tmp_path).load(VIDEO)


def test_unknown_npy_format_is_refused(tmp_path):
    (tmp_path / 'Abuse001_x264_i3d.npy').write_bytes(b'\x93NUMPY\x09\x00' + bytes(100))
    with pytest.raises(ValueError, match=r'\.npy format \(9, 0\) is not known'):
        store(tmp_path).load(VIDEO)


class Malicious:
    def __reduce__(self):
        return os.mkdir, ('executed',)


def test_object_array_is_refused_and_nothing_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pickled = np.array([Malicious()], dtype=object)
    save(tmp_path / 'Abuse001_x264_i3d.npy', pickled, allow_pickle=True)
    message = (
        r'an object array, .* convert it with: python tools/convert_features\.py .*_i3d\.npy OUT'
    )
    with pytest.raises(ValueError, match=message):
        store(tmp_path).load(VIDEO)
    assert not (tmp_path / 'executed').exists()


def test_missing_file_is_named(tmp_path, visual):
    with pytest.raises(FileNotFoundError, match=r'feature file not found: .*Abuse001_x264_i3d'):
        store(tmp_path).load(VIDEO)
    save(tmp_path / 'b_i3d.npy', visual)
    assert store(tmp_path).missing(['a', 'b']) == [tmp_path / 'a_i3d.npy']


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(layout='SDK'), r"layout must be one of \('SKD', 'KSD', 'SD'\), got 'SDK'"),
        (dict(num_crops=0), 'num_crops and num_channels must be positive, got 0 and 8'),
        (dict(num_channels=0), 'num_crops and num_channels must be positive, got 3 and 0'),
        (
            dict(pattern='{name}_{crop}.npy'),
            r"means one file per crop: expected layout 'SD', got 'SKD'",
        ),
        (dict(layout='SD'), r"layout 'SD' with 3 crops needs '\{crop\}' in the pattern"),
        (dict(pattern='features.npy'), r"pattern 'features\.npy' names no video"),
        (dict(pattern='{vid}.npy'), r"pattern '\{vid\}\.npy' has an unknown placeholder"),
        (dict(audio=dict(pattern='a.npy', num_channels=4)), r"pattern 'a\.npy' names no video"),
        (dict(audio=dict(pattern='{name}.npy')), 'audio takes pattern and num_channels, got'),
    ],
)
def test_contradictory_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        store('root', **options)


def write_records(root, **tails):
    for name, tail in tails.items():
        path = record_path(root / f'{name}.npy')
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dict(format=1, features=dict(tail=tail))))


def test_record_of_every_crop_counts_beside_audio(tmp_path):
    records = dict(a__0='ceil', a__1='ceil', a__2='ceil')
    write_records(tmp_path, **records)
    write_records(tmp_path / 'vggish', a='drop_last')
    sound = audio_store(tmp_path)
    assert sound.record(['a']) == dict(visual=dict(tail='ceil'), audio=dict(tail='drop_last'))
    for crop in range(K):
        write_records(tmp_path, **records | {f'a__{crop}': 'floor'})
        with pytest.raises(ValueError, match=r"a__\d\.npy differ in tail: '(ceil|floor)' and"):
            sound.record(['a'])


@pytest.mark.parametrize('bad', ['a__1.npy', 'a__vggish.npy'])
def test_file_that_holds_nan_is_named_among_all_of_a_video(tmp_path, bad):
    for name, width in (('a__0.npy', 4), ('a__1.npy', 4), ('a__vggish.npy', 2)):
        array = np.ones((3, width), np.float32)
        if name == bad:
            array[2, 1] = np.nan
        np.save(tmp_path / name, array)
    audio = dict(pattern='{video}__vggish.npy', num_channels=2)
    store = FeatureStore(tmp_path, '{video}__{crop}.npy', 2, 4, 'SD', audio)
    with pytest.raises(ValueError, match=rf'{bad}: .* NaN or Inf, the first in segment 2'):
        store.check_finite('a')


@pytest.mark.parametrize(
    'pattern', ['{name', '{name}}', '{name!z}', '{name:d}', '{name.x}', '{name:>999999999999999}']
)
def test_malformed_pattern_is_refused_by_its_text(tmp_path, pattern):
    with pytest.raises(ValueError, match=f'pattern {re.escape(repr(pattern))} '):
        store(tmp_path, pattern)


def test_videos_with_a_file_in_common_are_named(tmp_path):
    audio = dict(pattern='{name}__a.npy', num_channels=2)
    joined = store(tmp_path, '{video}.npy', audio=audio)
    assert joined.shared(['a/x', 'b/y', 'b/x']) == [
        f"{tmp_path}/x__a.npy is the file of both 'a/x' and 'b/x'"
    ]
    assert store(tmp_path, '{folder}+{name}.npy').shared(['a/x', 'b/x']) == []
