"""Features, pickles, checkpoints, packs and published lists of any content, as in `test_fuzz`."""

import io
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from fuzzing import BOUNDED, bytes_of, outcome
from hypothesis import example, given
from hypothesis import strategies as st
from mmengine.logging import HistoryBuffer

import mmvad
from mmvad.checkpoints import read_checkpoint, read_state_dict, weights_of
from mmvad.datasets.converters import ped2, shanghaitech, ucf_crime, xd_violence
from mmvad.datasets.converters.source_files import read_frame_labels
from mmvad.datasets.feature_store import FeatureStore
from mmvad.datasets.npy import check_finite
from mmvad.datasets.object_arrays import read_object_array
from mmvad.datasets.pooled_pack import open_pooled_pack
from mmvad.state_dicts import check_weights

assert mmvad.__version__  # importing it lets checkpoints of mmengine be read


def saved(save, value):
    file = io.BytesIO()
    save(file, value)
    return file.getvalue()


def objects(entries):
    array = np.empty(len(entries), object)
    for index, entry in enumerate(entries):
        array[index] = entry
    return saved(partial(np.save, allow_pickle=True), array)


FEATURES = np.arange(24, dtype=np.float32).reshape(4, 2, 3)
NPY = saved(np.save, FEATURES)
OBJECTS = [
    objects(list(FEATURES)),
    objects([torch.from_numpy(value) for value in FEATURES]),
    objects([value.tolist() for value in FEATURES]),
]
HEAD = OBJECTS[0][: OBJECTS[0].index(b'\x80')]


def load_features(path):
    features = FeatureStore(path.parent, '{video}.npy', 2, 3).load('a')
    check_finite(features, path)
    return features


def test_the_valid_files_are_read():
    assert np.array_equal(outcome(load_features, 'a.npy', NPY), FEATURES)
    for content in OBJECTS:
        assert np.array_equal(outcome(read_object_array, 'a.npy', content), FEATURES)
    for content in CHECKPOINTS:
        assert outcome(load_weights, 'a.pth', content)['bias'].tolist() == [2.0]


@BOUNDED
@given(bytes_of(NPY))
def test_feature_files(content):
    outcome(load_features, 'a.npy', content)


@BOUNDED
@given(st.sampled_from(OBJECTS).flatmap(bytes_of))
def test_changed_pickles(content):
    outcome(read_object_array, 'a.npy', content)


# opcodes that call, build, repeat, nest and claim
OPCODES = [
    *(code.encode('latin1') for code in ')]}(tldaesuRbN021\x85\x86\x87\x81\x93Q'),
    *(b'K\x00', b'K\x02', b'J\xff\xff\xff\xff', b'\x8a\x09' + b'\xff' * 8 + b'\x7f', b'\x88'),
    *(b'h\x01', b'h\x02', b'q\x01', b'q\x02', b'G' + bytes(8), b'C\x04' + bytes(4)),
    *(b'X\x02\0\0\0f4', b'X\x01\0\0\0O', b'X\x01\0\0\0C', b'X\x01\0\0\0<', b'X\0\0\0\xf0a'),
    *(b'cnumpy\nndarray\n', b'cnumpy\ndtype\n', b'cnumpy.core.multiarray\n_reconstruct\n'),
    *(b'cnumpy.core.multiarray\nscalar\n', b'cnumpy.core.numeric\n_frombuffer\n'),
    *(b'ctorch._utils\n_rebuild_tensor_v2\n', b'ctorch.storage\n_load_from_bytes\n'),
    *(b'c_codecs\nencode\n', b'ccollections\nOrderedDict\n', b'cbuiltins\neval\n'),
]
TYPE = b'cnumpy\ndtype\nX\x02\0\0\0f4\x85R'
ARRAY = b'cnumpy.core.numeric\n_frombuffer\n(C\x04\0\0\0\0' + TYPE + b'K\x01\x85X\x01\0\0\0CtR'
PARTS = st.lists(st.sampled_from([*OPCODES, TYPE, ARRAY]), max_size=30).map(b''.join)


@BOUNDED
@given(PARTS)
@example(b']' + ARRAY + b'a')
@example(b'')
def test_made_pickles(opcodes):
    outcome(read_object_array, 'a.npy', HEAD + b'\x80\x02' + opcodes + b'.')


HISTORY = HistoryBuffer([1.0], [1])
CHECKPOINT = dict(
    meta=dict(epoch=1),
    state_dict=dict(weight=torch.ones(1, 2), bias=torch.tensor([2.0])),
    message_hub=dict(loss=HISTORY),
)
CHECKPOINTS = [
    saved(
        lambda file, value, zipped=zipped: torch.save(
            value, file, _use_new_zipfile_serialization=zipped
        ),
        CHECKPOINT,
    )
    for zipped in (True, False)
]


def load_weights(path):
    weights = weights_of(read_checkpoint(path), path)
    return check_weights(torch.nn.Linear(2, 1), weights, str(path))


@BOUNDED
@given(st.sampled_from(CHECKPOINTS).flatmap(bytes_of))
@pytest.mark.filterwarnings('ignore')
def test_checkpoints(content):
    outcome(load_weights, 'a.pth', content)
    outcome(read_state_dict, 'a.pth', content)


LEGACY = CHECKPOINTS[1]
START = LEGACY.index(b'\x80', LEGACY.index(b'little_endian'))  # of the pickle of the content
CALLS = [
    *OPCODES,
    *(b'cmmengine.logging.history_buffer\nHistoryBuffer\n', b'c__builtin__\ngetattr\n'),
    *(b'cbuiltins\nbytearray\n', b'ctorch\nFloatStorage\n', b'ctorch\nSize\n'),
]


@BOUNDED
@given(st.lists(st.sampled_from(CALLS), max_size=30).map(b''.join))
@pytest.mark.filterwarnings('ignore')
def test_made_checkpoints(opcodes):
    outcome(load_weights, 'a.pth', LEGACY[:START] + b'\x80\x02' + opcodes + b'.')


@BOUNDED
@given(st.sampled_from(['.npy', '.json']), st.data())
def test_packs(part, data):
    with tempfile.TemporaryDirectory() as folder:
        store = FeatureStore(folder, '{video}.npy', 2, 3)
        Path(folder, 'a.npy').write_bytes(NPY)
        packs = Path(folder, 'packs')
        whole = np.array(open_pooled_pack(store, ['a'], 2, packs))
        (path,) = packs.glob(f'*{part}')
        content = data.draw(bytes_of(path.read_bytes()))
        is_kept = len(content) == path.stat().st_size and part == '.npy'
        path.write_bytes(content)
        found = open_pooled_pack(store, ['a'], 2, packs)
        # numbers that somebody changed are read as they are; shape and type are not
        assert found.shape == whole.shape and found.dtype == whole.dtype
        assert is_kept or np.array_equal(found, whole)


NAMES = ['Abuse/Abuse001_x264.mp4', 'Abuse001_x264_i3d.npy', 'Normal_Videos_1__0.npy', '01_0015']
NAMES += ['Test002_i3d.npy', 'v=x__#1_label_B1-0-0__0.npy', 'v=x__#1_label_A__0.npy', '..', '\0']
FIELDS = [
    *NAMES,
    'Abuse',
    'Normal',
    '-1',
    '0',
    '165',
    '9' * 5000,
    '\u0665',
    '9' * 18,
    ' ',
    '\ufeff',
]
LINES = st.lists(
    st.one_of(st.lists(st.sampled_from(FIELDS), max_size=6).map(' '.join), st.text(max_size=9)),
    max_size=6,
)


def converters(masks):
    for family in ('r50', 'inception'):
        yield partial(ucf_crime.convert_train, family=family)
        yield partial(ucf_crime.convert_test, family=family)
        yield partial(shanghaitech.convert, masks=masks, split='train', family=family)
        yield partial(shanghaitech.convert, masks=masks, split='test', family=family)
    yield partial(xd_violence.convert, split='train')
    yield lambda path: xd_violence.convert(path, 'test', annotations=path)
    yield ped2.convert_train
    yield lambda path: ped2.convert_test(path, masks / '01_0015.npy', {'Test002': 1})


@BOUNDED
@given(LINES)
@example(['Test002_i3d.npy'])
def test_published_lists(lines):
    content = '\n'.join(lines).encode('utf-8', 'surrogatepass')
    with tempfile.TemporaryDirectory() as masks:
        np.save(Path(masks, '01_0015.npy'), np.ones(16, int))
        for convert in converters(Path(masks)):
            outcome(convert, 'a.txt', content)


MASK = saved(np.save, np.array([0, 1, 1, 0]))


@BOUNDED
@given(bytes_of(MASK))
@example(b'')
@example(b'PK\x03\x04')
@example(MASK.replace(b'(4,)', b'(-4)'))
@example(MASK.replace(b"'<i8'", b"'|O' "))
def test_masks(content):
    outcome(read_frame_labels, 'a.npy', content)
