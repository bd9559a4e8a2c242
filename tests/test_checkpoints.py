"""Reading, checking, hashing and writing of checkpoints."""

import os
import pickle
import socket
import stat
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import torch
from mmengine.runner.checkpoint import _load_checkpoint as load
from torch import nn

from mmvad.checkpoints import (
    check_state_dict,
    check_weights,
    hash_state_dict,
    load_strictly,
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


def test_missing_unexpected_and_misshapen_tensors_are_named():
    expected = dict(a=torch.zeros(2), b=torch.zeros(1), c=torch.zeros(1))
    found = dict(a=torch.zeros(3), b=torch.zeros(1), d=torch.zeros(1))
    message = (
        r'x does not fit: 1 missing: c; 1 unexpected: d; 1 misshapen: a \(3,\) instead of \(2,\)'
    )
    with pytest.raises(ValueError, match=message):
        check_state_dict(expected, found, 'x')
    many = {f'extra{index}': torch.zeros(1) for index in range(9)}
    with pytest.raises(ValueError, match=r'9 unexpected: extra0, .*extra4, …$'):
        check_state_dict({}, many, 'x')


def test_batch_counters_may_be_missing():
    network, other = nn.BatchNorm3d(4), nn.BatchNorm3d(4)
    nn.init.uniform_(other.weight)
    tensors = {n: v for n, v in other.state_dict().items() if n != 'num_batches_tracked'}
    load_strictly(network, tensors, 'x')
    assert torch.equal(network.weight, other.weight)


def test_the_hash_depends_on_names_shapes_dtypes_and_values_only():
    tensors = dict(a=torch.arange(4.0), b=torch.ones(2))
    digest = hash_state_dict(tensors)
    assert len(digest) == 64
    assert hash_state_dict(dict(reversed(tensors.items()))) == digest
    assert hash_state_dict(tensors | dict(num_batches_tracked=torch.tensor(7))) == digest
    changes = [
        dict(a=torch.tensor([0.0, 1, 2, 4])),
        dict(a=torch.arange(4.0).view(2, 2)),
        dict(a=torch.arange(4)),
        dict(c=torch.zeros(1)),
    ]
    assert len({digest, *(hash_state_dict(tensors | change) for change in changes)}) == 5


def test_the_hash_is_that_of_the_written_rule():
    # sha256 of 'a torch.float32 (1,)\n' and the four bytes of 1.0, little-endian.
    import hashlib

    expected = hashlib.sha256(b'a torch.float32 (1,)\n\x00\x00\x80\x3f').hexdigest()
    assert hash_state_dict(dict(a=torch.ones(1))) == expected


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
def model():
    return nn.Sequential(*[nn.Linear(2, 2) for _ in range(3)])


def test_its_own_weights_pass_also_with_the_prefix_of_a_wrapper(model):
    weights = model.state_dict()
    check_weights(model, weights, 'a.pth')
    check_weights(model, {f'module.{name}': value for name, value in weights.items()}, 'a.pth')


def test_missing_names_are_listed(model):
    weights = {name: value for name, value in model.state_dict().items() if name != '1.bias'}
    message = r'^a\.pth does not hold the weights of Sequential as configured: 1 missing: 1\.bias$'
    with pytest.raises(ValueError, match=message):
        check_weights(model, weights, 'a.pth')


def test_unknown_names_are_listed(model):
    weights = dict(model.state_dict(), extra=torch.zeros(1))
    with pytest.raises(ValueError, match=r'1 unexpected: extra'):
        check_weights(model, weights, 'a.pth')


def test_other_shapes_are_listed(model):
    weights = dict(model.state_dict(), **{'0.bias': torch.zeros(3), '2.bias': 'text'})
    message = r'2 misshapen: 0\.bias \(3,\) instead of \(2,\), 2\.bias str instead of'
    with pytest.raises(ValueError, match=message):
        check_weights(model, weights, 'a.pth')


def test_long_lists_are_cut(model):
    with pytest.raises(ValueError, match=r'6 missing: 0\.weight, .*, …'):
        check_weights(model, {}, 'a.pth')


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


STRANGE = {
    'integers': lambda value: value.int(),
    'booleans': lambda value: value > 0,
    'complex numbers': lambda value: value.to(torch.complex64),
    'sparse': lambda value: value.to_sparse(),
    'meta': lambda value: value.to('meta'),
    'quantised': lambda value: torch.quantize_per_tensor(value, 0.1, 0, torch.qint8),
}


@pytest.mark.parametrize('kind', STRANGE)
@pytest.mark.filterwarnings('ignore')
def test_weights_of_another_kind_of_numbers_are_refused(model, kind):
    weights = model.state_dict()
    weights['1.weight'] = STRANGE[kind](weights['1.weight'])
    with pytest.raises(ValueError, match=rf'1 of another kind: 1\.weight {kind} instead of floats'):
        check_weights(model, weights, 'a.pth')
    with pytest.raises(ValueError, match=rf'1 of another kind: 1\.weight {kind}'):
        check_state_dict(model.state_dict(), weights, 'a.pth')


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_weights_that_are_not_finite_are_refused(model, value):
    weights = model.state_dict()
    weights['2.bias'] = torch.tensor([0, value])
    with pytest.raises(ValueError, match=r'1 with NaN or Inf: 2\.bias'):
        check_weights(model, weights, 'a.pth')


def test_half_precision_fits_and_counters_may_be_of_any_kind(model):
    check_weights(model, {name: value.half() for name, value in model.state_dict().items()}, 'a')
    norm = nn.BatchNorm1d(2)
    counted = norm.state_dict() | dict(num_batches_tracked=torch.tensor(1.5))
    check_weights(norm, counted, 'a')


def test_a_network_without_memory_still_says_what_kind_it_expects():
    with torch.device('meta'):
        expected = nn.Linear(2, 1).state_dict()
    check_state_dict(expected, nn.Linear(2, 1).state_dict(), 'a')
    with pytest.raises(ValueError, match='weight integers instead of floats'):
        check_state_dict(expected, dict(weight=torch.ones(1, 2).int(), bias=torch.ones(1)), 'a')


@pytest.mark.parametrize('value', [None, [1], torch.zeros(1)])
def test_a_state_dict_that_is_none_is_named(tmp_path, value):
    torch.save(dict(state_dict=value), tmp_path / 'a.pth')
    for read in (read_state_dict, lambda path: weights_of(read_checkpoint(path), path)):
        with pytest.raises(ValueError, match=r"a\.pth: expected named tensors under 'state_dict'"):
            read(tmp_path / 'a.pth')


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
