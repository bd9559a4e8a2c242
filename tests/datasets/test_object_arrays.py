import os
import pickle

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
