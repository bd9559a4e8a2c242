"""Reading, checking, hashing and writing of checkpoints."""

import os
import pickle
import socket
import stat
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import torch
from mmengine.runner.checkpoint import _load_checkpoint as load

from mmvad.checkpoints import (
    read_checkpoint,
    read_state_dict,
    trained_features,
    weights_of,
    write_checkpoint,
)


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize('new_style', [True, False])
@pytest.mark.parametrize('nested', [True, False])
def test_new_and_old_files_bare_and_nested_are_read(tmp_path, new_style, nested):
    tensors = {'a': torch.arange(3.0)}
    path = tmp_path / 'weights.pth'
    content = dict(state_dict=tensors, meta=dict(epoch=3)) if nested else tensors
    torch.save(content, path, _use_new_zipfile_serialization=new_style)
    found = read_state_dict(path)
    assert list(found) == ['a']
    assert torch.equal(found['a'], tensors['a'])


@pytest.mark.parametrize('new_style', [True, False])
def test_a_malicious_file_is_refused_and_does_nothing(tmp_path, new_style):
    path, trace = tmp_path / 'weights.pth', tmp_path / 'trace'
    content = dict(state_dict=dict(a=torch.zeros(1)), meta=Malicious(str(trace)))
    torch.save(content, path, _use_new_zipfile_serialization=new_style)
    with pytest.raises(
        ValueError, match=r'cannot be read as a checkpoint: it asks for posix.mkdir'
    ):
        read_state_dict(path)
    assert not trace.exists()


def test_a_bare_malicious_pickle_is_refused(tmp_path):
    path, trace = tmp_path / 'weights.pth', tmp_path / 'trace'
    path.write_bytes(pickle.dumps(Malicious(str(trace))))
    with pytest.raises(ValueError, match='cannot be read as a checkpoint'):
        read_state_dict(path)
    assert not trace.exists()


@pytest.mark.parametrize('content', [b'', b'no checkpoint', b'PK\x03\x04 cut off'])
def test_files_that_are_no_checkpoints_are_named(tmp_path, content):
    path = tmp_path / 'broken.pth'
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=r'broken\.pth cannot be read as a checkpoint: it is damaged'
    ):
        read_state_dict(path)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='absent'):
        read_state_dict(tmp_path / 'absent.pth')


def test_checkpoints_without_named_tensors_are_refused(tmp_path):
    path = tmp_path / 'weights.pth'
    torch.save([1, 2], path)
    with pytest.raises(ValueError, match=r'weights\.pth holds a list, not a checkpoint'):
        read_state_dict(path)
    torch.save(dict(state_dict={}), path)
    with pytest.raises(ValueError, match=r'expected named tensors in .*, found none'):
        read_state_dict(path)
    torch.save(dict(a=torch.zeros(1), epoch=3), path)
    with pytest.raises(ValueError, match=r'expected only tensors in .*, got others at epoch'):
        read_state_dict(path)


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path):
    path = tmp_path / 'weights.pth'
    write_checkpoint(path, dict(a=torch.zeros(1)))
    before = path.read_bytes()
    with pytest.raises(AttributeError, match=r'local object|get local'):
        write_checkpoint(path, dict(a=lambda: None))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ['weights.pth']
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A folder and the address where this machine serves it; downloads go to another folder."""
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'downloads'))
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    folder = tmp_path / 'served'
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder)

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(('127.0.0.1', 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f'http://127.0.0.1:{server.server_port}'
        server.shutdown()


@pytest.mark.parametrize('new_style', [True, False])
@pytest.mark.parametrize('read', [read_checkpoint, read_state_dict, lambda url: load(url, 'cpu')])
def test_a_malicious_file_from_an_address_is_refused_and_does_nothing(
    served, tmp_path, new_style, read
):
    folder, address = served
    trace = tmp_path / 'trace'
    content = dict(state_dict=dict(a=torch.zeros(1)), meta=Malicious(str(trace)))
    torch.save(content, folder / 'evil.pth', _use_new_zipfile_serialization=new_style)
    with pytest.raises((ValueError, pickle.UnpicklingError), match=r'posix.mkdir'):
        read(f'{address}/evil.pth')
    assert not trace.exists()


def test_a_checkpoint_from_an_address_is_read(served):
    folder, address = served
    torch.save(dict(state_dict=dict(a=torch.arange(3.0)), meta=dict(epoch=3)), folder / 'a.pth')
    assert read_checkpoint(f'{address}/a.pth')['meta'] == dict(epoch=3)
    assert read_state_dict(f'{address}/a.pth')['a'].tolist() == [0, 1, 2]


def test_an_address_without_a_file_is_an_os_error(served):
    with pytest.raises(OSError, match='404'):
        read_checkpoint(f'{served[1]}/absent.pth')


def test_failed_download_names_the_host():
    with socket.socket() as unused:  # bound and not listening: it refuses connections
        unused.bind(('127.0.0.1', 0))
        host = f'127.0.0.1:{unused.getsockname()[1]}'
        with pytest.raises(OSError, match=rf'fetched: .*refused: from http://{host}$'):
            read_checkpoint(f'http://me:s3cret@{host}/weights.pth?key=s3cret')


@pytest.mark.parametrize('value', [None, [1], torch.zeros(1)])
def test_a_state_dict_that_is_none_is_named(tmp_path, value):
    torch.save(dict(state_dict=value), tmp_path / 'a.pth')
    for read in (read_state_dict, lambda path: weights_of(read_checkpoint(path), path)):
        with pytest.raises(ValueError, match=r"a\.pth: expected named tensors under 'state_dict'"):
            read(tmp_path / 'a.pth')


def test_a_flipped_bit_anywhere_is_refused_or_changes_nothing(tmp_path):
    path = tmp_path / 'a.pth'
    tensors = dict(weight=torch.arange(12.0).view(3, 4), count=torch.tensor(5))
    torch.save(dict(state_dict=tensors), path)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as file:
        records = [file.read(name) for name in file.namelist() if '/data/' in name]
    places = [content.index(record) + at for record in records for at in range(len(record))]
    refused = set()
    for place in sorted({*places, *range(0, len(content), 7)}):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        try:
            found = read_state_dict(path)
        except ValueError:
            refused.add(place)
        else:  # a byte of the padding
            assert all(found[name].equal(value) for name, value in tensors.items())
    assert len(places) == 56 and refused.issuperset(places)


def test_one_flipped_bit_is_seen(tmp_path):
    path = tmp_path / 'a.pth'
    torch.save(dict(weight=torch.full((64,), 3.0)), path)
    content = bytearray(path.read_bytes())
    content[content.index(b'\x00\x00\x40\x40' * 8) + 16] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r'it is damaged, the checksum of a/data/0 does not fit'):
        read_checkpoint(path)


@pytest.mark.parametrize('names', [['meta'], ['meta', 'dataset_meta']])
def test_metadata_of_another_kind_is_named(names):
    content = ['x']
    for name in reversed(names):
        content = {name: content}
    with pytest.raises(ValueError, match=f'^{names[-1]} of a checkpoint must be a mapping, got '):
        trained_features(content)


def test_a_pipe_or_folder_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / 'weights.pth')
    for path in (tmp_path / 'weights.pth', tmp_path):
        with pytest.raises(ValueError, match=f'{path} cannot .*: it is no regular file'):
            read_checkpoint(path)
