import base64
import threading
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from mmvad.fetching import (
    fetched,
    hide_weights,
    is_http,
    local_weights,
    refuse_config_offline,
    refuse_offline,
    weight_addresses,
)

CONTENT = b'weights'
HASH = sha256(CONTENT).hexdigest()[:8]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get('Authorization')))
        if 'absent' in self.path:
            return self.send_error(404)
        if 'moved' in self.path:
            self.send_response(302)
            self.send_header('Location', '/a.pth')
            return self.end_headers()
        self.send_response(200)
        self.send_header('Content-Length', str(len(CONTENT) + 1000 * ('short' in self.path)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'downloads'))
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    with ThreadingHTTPServer(('127.0.0.1', 0), Handler) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield SimpleNamespace(host=f'127.0.0.1:{server.server_port}', asked=server.asked)
        server.shutdown()


def test_the_host_is_told_before_anything_is_fetched(server):
    lines = []

    def say(line):
        assert server.asked == []
        lines.append(line)

    with fetched(f'http://me:p%40 w@{server.host}/a b.pth?key=s3cret', say, 'load_from') as path:
        assert path.read_bytes() == CONTENT and 's3cret' not in str(path)
    assert not path.exists()
    assert lines == [f'load_from: fetching weights from http://{server.host}']
    header = 'Basic ' + base64.b64encode(b'me:p@ w').decode()
    assert server.asked == [('/a%20b.pth?key=s3cret', header)]


def test_user_and_password_do_not_follow_a_redirection(server):
    with fetched(f'http://me:s3cret@{server.host}/moved') as path:
        assert path.read_bytes() == CONTENT
    assert [bool(header) for _, header in server.asked] == [True, False]


def test_only_names_with_their_hash_are_kept(server):
    lines = []
    for name in (f'net-{HASH}.pth', f'net-{HASH}.pth', 'net.pth', 'net.pth'):
        with fetched(f'http://{server.host}/{name}?key=s3cret', lines.append) as path:
            assert path.read_bytes() == CONTENT
    assert len(server.asked) == len(lines) == 3
    with (
        pytest.raises(OSError, match=rf'not theirs, from http://{server.host}$'),
        fetched(f'http://{server.host}/net-{"0" * 8}.pth'),
    ):
        pass


@pytest.mark.parametrize(
    ('address', 'reason'),
    [
        ('http://{}/absent?key=s3cret', 'HTTP error 404'),
        ('http://{}/short?key=s3cret', '7 of 1007 bytes came'),
        ('http://me:s3cret@127.0.0.1:1/a', 'Connection refused'),
        ('http://me:s3/cret@{}/a', 'the address is malformed'),
        ('http://[s3cret/a', 'the address is malformed'),
    ],
)
def test_what_fails_is_told_without_secrets(server, address, reason):
    with (
        pytest.raises(
            OSError, match=f'^weights cannot be fetched: {reason}.*: from http://'
        ) as error,
        fetched(address.format(server.host)),
    ):
        pass
    assert 's3' not in str(error.value)


CFG = dict(
    load_from='http://me:s3cret@host/a.pth',
    resume=False,
    model=dict(
        backbone=dict(pretrained='torchvision://resnet50'),
        neck=dict(init_cfg=[dict(type='Pretrained', checkpoint='https://host/b.pth')]),
        head=dict(weights='local.pth'),
    ),
    vis_backends=[dict(tracking_uri='http://log')],
)


def test_addresses_of_weights_are_found_at_any_depth():
    assert [name for name, _, _ in weight_addresses(CFG)] == [
        'load_from',
        'model.backbone.pretrained',
        'model.neck.init_cfg.0.checkpoint',
    ]


def test_offline_names_key_and_host():
    with pytest.raises(ValueError, match=r'^load_from: offline, .* fetched from http://host$'):
        refuse_config_offline(CFG)
    with pytest.raises(
        ValueError, match=r'^model\.backbone\.pretrained: .* torchvision://resnet50$'
    ):
        refuse_config_offline(dict(model=CFG['model']))
    refuse_config_offline(dict(load_from='a.pth', vis_backends=CFG['vis_backends']))
    refuse_offline('--weights', 'a.pth')
    refuse_offline('--weights', None)
    assert is_http(' HTTPS://a') and not is_http('torchvision://r18')


def test_a_config_names_files_instead_of_addresses(server):
    lines = []
    cfg = dict(
        load_from=f'http://{server.host}/a.pth?key=s3cret', model=dict(a='torchvision://r18')
    )
    with local_weights(cfg, lines.append):
        with open(cfg['load_from'], 'rb') as file:
            assert file.read() == CONTENT
    assert lines == [
        f'load_from: fetching weights from http://{server.host}',
        'model.a: fetching weights from torchvision://r18',
    ]
    cfg = dict(model=dict(pretrained='http://me:s3cret@host/a'))
    hide_weights(cfg)
    assert cfg == dict(model=dict(pretrained='http://host'))
