import os
import pickle
import struct
import subprocess
import sys

import numpy as np
import pytest
import torch
from toy_data import load_tool

from mmvad.datasets.feature_store import FeatureStore
from mmvad.datasets.object_arrays import read_object_array

VALUES = np.random.default_rng(0).standard_normal((5, 2, 3)).astype(np.float32)


class Evil:
    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def save_objects(path, entries):
    array = np.empty(len(entries), object)
    for index, entry in enumerate(entries):
        array[index] = entry
    np.save(path, array, allow_pickle=True)
    return path


@pytest.mark.parametrize(
    'make',
    [
        list,
        lambda values: [torch.from_numpy(value) for value in values],
        lambda values: [value.tolist() for value in values],
        lambda values: [value.astype(np.float64) for value in values],
        lambda values: [list(map(np.float32, value.ravel())) for value in values],
    ],
    ids=['arrays', 'tensors', 'lists', 'doubles', 'scalars'],
)
def test_entries_are_stacked(tmp_path, make):
    found = read_object_array(save_objects(tmp_path / 'a.npy', make(VALUES)))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.reshape(VALUES.shape), VALUES)


def test_one_object_that_holds_all_is_unpacked(tmp_path):
    array = np.empty((), object)
    array[()] = [torch.from_numpy(value) for value in VALUES]
    np.save(tmp_path / 'a.npy', array, allow_pickle=True)
    np.testing.assert_array_equal(read_object_array(tmp_path / 'a.npy'), VALUES)


@pytest.mark.parametrize(
    ('entry', 'name'),
    [
        (Evil(os.mkdir, 'made_by_a_pickle'), r'posix\.mkdir'),
        (Evil(getattr, str, 'upper'), r'builtins\.getattr'),
        (Evil(eval, "__import__('os').mkdir('made_by_a_pickle')"), r'builtins\.eval'),
    ],
)
def test_pickles_that_would_run_something_are_refused(tmp_path, monkeypatch, entry, name):
    monkeypatch.chdir(tmp_path)
    save_objects(tmp_path / 'a.npy', [entry])
    with pytest.raises(ValueError, match=rf'a\.npy: refused, or damaged: it asks for {name}'):
        read_object_array(tmp_path / 'a.npy')
    assert not (tmp_path / 'made_by_a_pickle').exists()


def test_a_pickle_inside_of_a_storage_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inner = pickle.dumps(Evil(os.mkdir, 'made_by_a_pickle'))
    save_objects(tmp_path / 'a.npy', [Evil(torch.storage._load_from_bytes, inner)])
    with pytest.raises(ValueError, match='refused, or damaged'):
        read_object_array(tmp_path / 'a.npy')
    assert not (tmp_path / 'made_by_a_pickle').exists()


def test_plain_arrays_need_no_conversion(tmp_path):
    np.save(tmp_path / 'a.npy', VALUES)
    with pytest.raises(ValueError, match=r'not an object array but float32 \(5, 2, 3\)'):
        read_object_array(tmp_path / 'a.npy')


def test_what_is_no_array_is_named(tmp_path):
    (tmp_path / 'a.npy').write_bytes(b'nothing')
    with pytest.raises(ValueError, match=r'a\.npy: not a \.npy file'):
        read_object_array(tmp_path / 'a.npy')
    with pytest.raises(FileNotFoundError, match=r'feature file not found: .*b\.npy'):
        read_object_array(tmp_path / 'b.npy')


def test_entries_of_different_shapes_are_refused(tmp_path):
    save_objects(tmp_path / 'a.npy', [np.zeros(3), np.zeros(4)])
    with pytest.raises(ValueError, match=r'a\.npy: its entries are not features of one shape'):
        read_object_array(tmp_path / 'a.npy')


def test_the_store_names_the_command_that_mends_the_file(tmp_path):
    save_objects(tmp_path / 'a.npy', list(VALUES))
    store = FeatureStore(tmp_path, '{video}.npy', num_crops=2, num_channels=3)
    with pytest.raises(ValueError, match=r'python tools/convert_features\.py \S*a\.npy OUT\.npy'):
        store.load('a')
    load_tool('convert_features').main([str(tmp_path / 'a.npy'), str(tmp_path / 'a.npy')])
    np.testing.assert_array_equal(store.load('a'), VALUES)


class State(Evil):
    """Pickles as a call with a state that is added afterwards."""

    def __init__(self, function, arguments, state):
        self.call = function, arguments, state


def flagless(code='O8', state=(3, '|', None, None, None, -1, -1, 0)):
    return State(np.dtype, (code, False, True), state)


def array_with(state):
    return State(np._core.multiarray._reconstruct, (np.ndarray, (0,), b'b'), state)


def tensor_with(offset, size, stride, numbers=4):
    storage = torch.zeros(numbers)._typed_storage()
    return Evil(torch._utils._rebuild_tensor_v2, storage, offset, size, stride, False, {})


ATTACKS = {
    'objects_without_flags': array_with((1, (1,), flagless(), False, b'A' * 8)),
    'records': array_with((1, (1,), flagless('f4', (3, '<', None, ('a',), {}, 8, 1, 0)), 0, b'')),
    'flags': array_with((1, (1,), flagless('f4', (3, '<', None, None, None, -1, -1, 63)), 0, b'')),
    'void': array_with((1, (1,), flagless('V8'), False, b'A' * 8)),
    'too_few_bytes': array_with((1, (9,), np.dtype('f4'), False, b'A' * 8)),
    'scalar_of_objects': Evil(np._core.multiarray.scalar, flagless(), b'A' * 8),
    'uninitialised_array': Evil(np.ndarray, (4,)),
    'array_without_state': Evil(np._core.multiarray._reconstruct, np.ndarray, (4,), b'f'),
    'tensor_beyond_its_storage': tensor_with(0, (4000,), (1,)),
    'tensor_from_beyond': tensor_with(4, (1,), (1,)),
    'tensor_with_long_strides': tensor_with(0, (2, 2), (1, 3)),
    'tensor_with_negative_strides': tensor_with(3, (2,), (-1,)),
    'tensor_repeated': tensor_with(0, (10**9,), (0,)),
    'tensor_of_fractions': tensor_with(0, (1.5,), (1,)),
}

READ = """
import sys
from pathlib import Path
from mmvad.datasets.object_arrays import read_object_array
for path in sys.argv[1:]:
    try:
        print('read:', read_object_array(Path(path)))
    except ValueError as error:
        print('refused:', error)
"""


def test_crafted_arrays_and_tensors_are_refused_and_crash_nothing(tmp_path):
    # In a process of its own, for some of them crash one that unpickles them.
    paths = [
        str(save_objects(tmp_path / f'{name}.npy', [attack] * 2))
        for name, attack in ATTACKS.items()
    ]
    done = subprocess.run(
        [sys.executable, '-c', READ, *paths],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for name, line in zip(ATTACKS, done.stdout.splitlines(), strict=True):
        assert line.startswith('refused:') and name in line


def save_opcodes(path, opcodes):
    """Write an object array whose pickle is a list of what the opcodes leave on the stack."""
    save_with(path, None, 2)
    header = path.read_bytes()[: -len(pickle.dumps(None, 2))]
    path.write_bytes(header + b'\x80\x02]' + opcodes + b'a.')
    return path


NESTED = b')' + b'\x85' * 400_000  # a tuple in a tuple in a tuple …
TREE = b')' + b'q\x01h\x01\x86' * 300  # (x, x) where x is (y, y) …: 300 levels
# bytes in the memo, of which an array is made over and over
RAW = b'B' + struct.pack('<I', 200_000) + bytes(200_000) + b'q\x02'
AGAIN = (
    b'cnumpy.core.numeric\n_frombuffer\n(h\x02cnumpy\ndtype\nX\x02\x00\x00\x00f4\x85R'
    + b'J'
    + struct.pack('<i', 50_000)
    + b'\x85X\x01\x00\x00\x00CtR'
)
BOMBS = {
    'deep_key': b'}' + NESTED + b'K\x01s',
    'wide_key': b'}' + TREE + b'K\x01s',
    'deep_tuple': NESTED,
    'wide_tuple': TREE,
    'wide_type': b'cnumpy\ndtype\n' + TREE + b'\x85R',
    'wide_shape': b'cnumpy.core.numeric\n_frombuffer\n(C\x00cnumpy\ndtype\nX\x02\x00\x00\x00f4'
    b'\x85R' + TREE + b'X\x01\x00\x00\x00CtR',
    'wide_encoding': b'c_codecs\nencode\nX\x01\x00\x00\x00a' + TREE + b'\x86R',
    'wide_name': TREE + b'X\x01\x00\x00\x00a\x93',
    'arrays_of_one_memory': b'](' + RAW + AGAIN * 5000 + b'e',
    'endless_integer': b'\x8b' + struct.pack('<i', 4000) + b'\x7f' * 4000,
    'claimed_bytes': b'\x8e' + struct.pack('<Q', 2**62) + b'few',
    'claimed_text': b'X' + struct.pack('<I', 2**32 - 1) + b'few',
}

READ_WITHIN = """
import resource, sys
from pathlib import Path
from mmvad.datasets.object_arrays import read_object_array
size = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 2**28, -1))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
for path in sys.argv[1:]:
    try:
        print('read:', read_object_array(Path(path)))
    except ValueError as error:
        print('refused:', error)
"""


@pytest.mark.skipif(sys.platform != 'linux', reason='memory is limited by Linux')
def test_small_files_take_neither_much_memory_nor_much_time(tmp_path):
    paths = [str(save_opcodes(tmp_path / f'{name}.npy', bomb)) for name, bomb in BOMBS.items()]
    done = subprocess.run(
        [sys.executable, '-c', READ_WITHIN, *paths], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr[-500:])
    for name, line in zip(BOMBS, done.stdout.splitlines(), strict=True):
        assert line.startswith('refused:') and name in line and len(line) < 500


def test_tensors_that_share_a_storage_are_read(tmp_path):
    storage = torch.from_numpy(VALUES)
    windows = storage.unfold(0, 2, 1)  # overlapping
    found = read_object_array(save_objects(tmp_path / 'a.npy', list(windows)))
    np.testing.assert_array_equal(found, windows.numpy())


@pytest.mark.parametrize('value', [1e39, float('inf'), float('nan'), 10**400])
@pytest.mark.parametrize('make', [float, lambda value: np.array([value], np.float64)])
@pytest.mark.filterwarnings('error')
def test_numbers_that_float32_cannot_hold_are_refused(tmp_path, value, make):
    entry = value if value == 10**400 else make(value)
    save_objects(tmp_path / 'a.npy', [0.0 if np.ndim(entry) == 0 else np.zeros(1), entry])
    with pytest.raises(ValueError, match=r'a\.npy: .*(NaN or Inf|too large)'):
        read_object_array(tmp_path / 'a.npy')


@pytest.mark.parametrize(
    'header', [b"{'descr': '|O', 'fortran_order': False, 'shape': [", b'(' * 99]
)
def test_a_malformed_header_is_named(tmp_path, header):
    length = len(header).to_bytes(2, 'little')
    (tmp_path / 'a.npy').write_bytes(b'\x93NUMPY\x01\x00' + length + header)
    with pytest.raises(ValueError, match=r'a\.npy: not a \.npy file'):
        read_object_array(tmp_path / 'a.npy')


def save_with(path, array, protocol):
    np.save(path, np.array([None]), allow_pickle=True)  # for its header
    with path.open('rb') as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        header = path.read_bytes()[: file.tell()]
    path.write_bytes(header + pickle.dumps(array, protocol))
    return path


@pytest.mark.parametrize('protocol', [0, 1, 2, 3, 4, 5])
def test_every_pickle_protocol_is_read(tmp_path, protocol):
    array = np.empty((5, 2), object)
    for segment in range(5):
        array[segment, 0] = VALUES[segment, 0].astype('>f8')
        array[segment, 1] = torch.from_numpy(VALUES[segment])[1]
    if protocol < 2:  # torch refuses to pickle there
        array[:, 1] = list(map(list, VALUES[:, 1].astype(float)))
    found = read_object_array(save_with(tmp_path / 'a.npy', array, protocol))
    np.testing.assert_array_equal(found, VALUES)


def test_every_memory_layout_is_read(tmp_path):
    outer = np.empty((5, 2), object, order='F')
    for segment in range(5):
        for crop in range(2):
            outer[segment, crop] = VALUES[segment, crop]
    np.save(tmp_path / 'outer.npy', outer, allow_pickle=True)
    np.testing.assert_array_equal(read_object_array(tmp_path / 'outer.npy'), VALUES)
    entries = [np.asfortranarray(value) for value in VALUES]
    turned = [torch.from_numpy(value.T.copy()).t() for value in VALUES]
    parts = list(torch.from_numpy(VALUES)[:, :, 1:])
    for name, given, expected in (
        ('fortran', entries, VALUES),
        ('turned', turned, VALUES),
        ('parts', parts, VALUES[:, :, 1:]),
    ):
        found = read_object_array(save_objects(tmp_path / f'{name}.npy', given))
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16, torch.int64, torch.uint8])
def test_tensors_of_other_numbers_are_read(tmp_path, dtype):
    tensors = [torch.tensor([3, 250]).to(dtype), torch.tensor([0, 1]).to(dtype)]
    found = read_object_array(save_objects(tmp_path / 'a.npy', tensors))
    assert found.tolist() == [[3, 250], [0, 1]]


@pytest.mark.parametrize('entry', ['3', None, True, np.array([True]), b'3', {}])
def test_what_only_looks_like_numbers_is_refused(tmp_path, entry):
    save_objects(tmp_path / 'a.npy', [entry])
    with pytest.raises(ValueError, match='expected numbers, got'):
        read_object_array(tmp_path / 'a.npy')


def test_lists_inside_of_themselves_and_small_files_of_huge_arrays_are_refused(tmp_path):
    ring = []
    ring.append(ring)
    tree = [0.0]
    for _ in range(40):
        tree = [tree] * 10
    for name, entry in (('ring', ring), ('tree', tree)):
        save_objects(tmp_path / f'{name}.npy', [entry])
        with pytest.raises(ValueError, match='its entries are not features'):
            read_object_array(tmp_path / f'{name}.npy')
