"""Weights that are named by an address: refused offline, told before they are fetched."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from toy_data import dump_config, toy_config
from toy_detector import EXTRACTOR
from video_files import numbered_frames, write_video

from mmvad.cli import convert_checkpoint, extract, infer, test, train
from mmvad.datasets.feature_record import record_path

SECRET = 'Zq7xwk9Zvp'
ADDRESS = f'http://me:{SECRET}@127.0.0.1:1/a.pth?key={SECRET}'


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'downloads'))
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    folder = tmp_path / 'served'
    folder.mkdir()
    with ThreadingHTTPServer(('127.0.0.1', 0), partial(Handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f'127.0.0.1:{server.server_port}'
        server.shutdown()


def extractor_config(folder, weights='None'):
    path = folder / f'extractor{len(weights)}.py'
    path.write_text(EXTRACTOR.replace("tail='ceil'", f"tail='ceil', weights={weights}"))
    return str(path)


def command_of(name, folder, toy_root):
    """Give a command line that names weights by an address, and the name of key or flag."""
    cfg = toy_config(toy_root, folder / 'work')
    config = str(dump_config(cfg, folder / 'toy.py'))
    videos, out = str(folder / 'a.mp4'), str(folder / 'out')
    flags = ['--detector', config, '--extractor', extractor_config(folder, repr(ADDRESS))]
    key = 'model.head.init_cfg.checkpoint'
    cfg.model.head.init_cfg = dict(type='Pretrained', checkpoint=ADDRESS)
    pretrained = str(dump_config(cfg, folder / 'pretrained.py'))
    return {
        'load_from': (train.main, [config, '--cfg-options', f'load_from={ADDRESS}']),
        key: (
            train.main,
            [pretrained],
        ),
        'checkpoint': (test.main, [config, ADDRESS]),
        'extractor.weights': (
            extract.main,
            [videos, out, '--config', extractor_config(folder, repr(ADDRESS))],
        ),
        '--weights': (
            extract.main,
            [videos, out, '--config', extractor_config(folder), '--weights', ADDRESS],
        ),
        '--extractor-weights': (
            infer.main,
            [videos, *flags, '--weights', 'a.pth', '--extractor-weights', ADDRESS],
        ),
        'released': (convert_checkpoint.main, [ADDRESS, out, '--kind', 'salient']),
    }[name]


@pytest.mark.parametrize(
    'name',
    [
        'load_from',
        'model.head.init_cfg.checkpoint',
        'checkpoint',
        'extractor.weights',
        '--weights',
        '--extractor-weights',
        'released',
    ],
)
def test_offline_refuses_an_address_and_names_its_key_and_host(name, tmp_path, toy_root, capfd):
    write_video(tmp_path / 'a.mp4', numbered_frames(20))
    main, argv = command_of(name, tmp_path, toy_root)
    assert main([*argv, '--offline']) == 2
    err = capfd.readouterr().err
    expected = f'{name}: offline, but the weights would be fetched from http://127.0.0.1:1\n'
    assert err.endswith(f'error: {expected}') and err.count('\n') == 1 and SECRET not in err
    if name == '--extractor-weights':  # the detector's own weights come first
        return
    assert main(argv) == 2  # without the flag it is asked, and refuses the connection
    out, err = capfd.readouterr()
    lines = [line for line in err.splitlines() if '127.0.0.1:1' in line]
    assert lines[0].endswith('fetching weights from http://127.0.0.1:1')
    assert lines[1].endswith('fetched: Connection refused: from http://127.0.0.1:1')
    assert SECRET not in out + err


def test_a_training_from_an_address_keeps_it_out_of_logs_and_checkpoints(
    served, tmp_path, toy_root, capfd
):
    folder, host = served
    work = tmp_path / 'work'
    config = str(
        dump_config(toy_config(toy_root, work, **{'train_cfg.max_epochs': 1}), tmp_path / 'toy.py')
    )
    assert train.main([config]) == 0
    (work / 'epoch_1.pth').rename(folder / 'a.pth')
    address = f'http://me:{SECRET}@{host}/a.pth?key={SECRET}'
    options = [f'load_from={address}', 'log_level=INFO']
    assert train.main([config, '--cfg-options', *options]) == 0
    assert test.main([config, address]) == 0
    out, err = capfd.readouterr()
    assert SECRET not in out + err
    assert f'load_from: fetching weights from http://{host}' in err
    files = [path for path in work.rglob('*') if path.is_file()]
    assert any(path.suffix == '.log' for path in files)
    for path in files:
        assert SECRET.encode() not in path.read_bytes() and SECRET not in str(path)


def test_a_record_names_the_host_of_fetched_weights_and_no_more(served, tmp_path, capfd):
    folder, host = served
    torch.manual_seed(0)
    conv = torch.nn.Conv3d(3, 8, (16, 8, 8))
    weights = {f'conv.{name}': value for name, value in conv.state_dict().items()}
    torch.save(weights, folder / 'a.pth')
    write_video(tmp_path / 'a.mp4', numbered_frames(20))
    address = f'http://me:{SECRET}@{host}/a.pth?key={SECRET}'
    out = tmp_path / 'out'
    argv = [str(tmp_path / 'a.mp4'), str(out), '--config', extractor_config(tmp_path)]
    assert extract.main([*argv, '--weights', address, '--device', 'cpu']) == 0
    printed, err = capfd.readouterr()
    assert SECRET not in printed + err
    assert f'"weights": "http://{host}"' in record_path(out / 'a.npy').read_text()
    assert not any(SECRET in path.read_text(errors='replace') for path in out.iterdir())
