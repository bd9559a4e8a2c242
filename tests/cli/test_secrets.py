"""No part of a secret in an address is printed or written, whatever its form."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from toy_data import dump_config
from toy_detector import detector_config, write_checkpoint, write_extractor_config
from video_files import numbered_frames, write_video

from mmvad.cli.infer import main
from mmvad.cli.report import main as report
from mmvad.scores.scores_file import read_scores

PARTS = 'Zq7xw', 'k9Zvp'
SECRETS = [mark.join(PARTS) for mark in ('', *' "\'@;#?/:&\\', '%40')]
FORMS = [
    'rtsp://127.0.0.1:{}@{}/1',
    'RTSP://:{}@{}/1',
    'http://{1}/v.mp4?access_token={0}',
    'http://{1}/user=admin_password={0}_channel=1.sdp',
    'http://{1}/v.mp4;password={0}',
    'http://{1}/v.mp4#token={0}',
    'tcp://{1}?passphrase={0}',
]
SLIPS = [
    'rtsp:/127.0.0.1:{}@{}/1',
    'rtsp:127.0.0.1:{}@{}/1',
    'nothing://{1}/{0}',
    'file:///none/{}/{}',
]


class Handler(SimpleHTTPRequestHandler):
    asked = 0

    def do_GET(self):
        if 'live' in self.path:  # a camera that gives its video twice
            Handler.asked += 1
            if Handler.asked > 2:
                return self.send_error(404)
        return super().do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp('served')
    write_video(folder / 'gate.mkv', numbered_frames(40))
    with ThreadingHTTPServer(('127.0.0.1', 0), partial(Handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'127.0.0.1:{server.server_port}'
        server.shutdown()


@pytest.fixture
def flags(tmp_path):
    cfg = detector_config()
    weights = write_checkpoint(tmp_path / 'best.pth', cfg)
    cfg.experiment_name = 'secrets'
    flags = ['--detector', dump_config(cfg, tmp_path / 'detector.py'), '--weights', weights]
    flags += ['--extractor', write_extractor_config(tmp_path), '--random-extractor', '0']
    return [*map(str, flags), '--device', 'cpu', '--out-dir', str(tmp_path / 'out')]


def check(folder, capfd):
    """Look for the secret's parts in all that was printed and written; give what was printed."""
    out, err = capfd.readouterr()
    texts = {'stdout': out.encode(), 'stderr': err.encode()}
    for path in (folder / 'out').rglob('*'):
        texts[path.name] = path.read_bytes() if path.is_file() else b''
    for name, content in texts.items():
        for part in PARTS:
            assert part not in name and part.encode() not in content, name
    return out, err


def test_addresses_of_every_form_are_told_without_their_secrets(flags, server, tmp_path, capfd):
    closed = '127.0.0.1:1'
    given = [form.format(secret, closed) for form in FORMS for secret in SECRETS]
    given += [form.format(SECRETS[1], closed) for form in SLIPS]
    given += [
        f'http://me:{quote(SECRETS[1])}@{server}/gate.mkv?key={SECRETS[0]}&n={n}' for n in '12'
    ]
    assert main([*given, *flags, '--report']) == 1
    out, err = check(tmp_path, capfd)
    videos = read_scores(tmp_path / 'out' / 'scores.json').videos
    assert len(videos) == len(given) and len({video.name for video in videos}) == len(given)
    count = len(given)
    assert [video.name for video in videos[-2:]] == [
        f'http://{server} #{count - 1}',
        f'http://{server} #{count}',
    ]
    assert [video.num_segments for video in videos[-2:]] == [3, 3]
    assert f'http://{server} #{count}: 3 segments' in out
    assert 'rtsp://127.0.0.1:1 #1: FFmpeg cannot open it: Connection refused' in err
    place = server.replace(':', '_')
    assert (tmp_path / 'out' / f'http_{place}_{count}.png').is_file()


def test_a_live_source_is_told_and_logged_without_its_secrets(flags, server, tmp_path, capfd):
    address = f'HTTP://me:{quote(SECRETS[0])}@{server}/gate.mkv?live&token={SECRETS[0]}@x'
    assert main([address, *flags, '--live', '--reconnects', '1', '--report']) == 1
    out, _ = check(tmp_path, capfd)
    (video,) = read_scores(tmp_path / 'out' / 'live.jsonl').videos
    assert video.num_segments >= 3 and video.gaps
    assert video.name in (f'http://{server} #1', 'http:// #1') and 'segment 0' in out
    assert f'{video.name} gives no frames; it is opened again in 1 s' in out


@pytest.mark.parametrize('form', [*FORMS, *SLIPS])
def test_a_live_source_that_is_not_there_is_told_without_its_secret(flags, form, tmp_path, capfd):
    address = form.format(SECRETS[1], '127.0.0.1:1')
    assert main([address, *flags, '--live', '--reconnects', '1', '--threshold', '0.5']) == 2
    _, err = check(tmp_path, capfd)
    assert ' #1: FFmpeg cannot open it: ' in err.splitlines()[-1]


def test_what_was_given_twice_or_cannot_be_a_flag_is_told_without_its_secret(
    flags, tmp_path, capfd
):
    address = FORMS[0].format(SECRETS[1], 'gate')
    assert main([address, address, *flags]) == 2
    for more in (['--scoring', address], ['--nothing', address]):
        with pytest.raises(SystemExit):
            main(['a.mp4', *flags, *more])
    for flag in ('--annotations', '--threshold-file', '--weights', '--extractor', '--detector'):
        assert main(['a.mp4', *flags, flag, address]) == 2
    check(tmp_path, capfd)


def test_an_older_file_with_full_addresses_is_drawn_without_them(tmp_path, capfd):
    one, other = (f'rtsp://me:{SECRETS[1]}@gate/{n}' for n in (1, 2))
    entries = ', '.join(
        f'{{"video": "{name}", "scores": [0.9], "incomplete": "{name}: lost"}}'
        for name in (one, other)
    )
    path = tmp_path / 'scores.json'
    path.write_text(
        '{"version": 2, "segment_frames": 16, "unit": "segment", "metainfo": {}, "rule": null, '
        f'"made_by": {{"extractor_weights": "http://me:{PARTS[0]}@host/a.pth"}}, '
        f'"videos": [{entries}]}}'
    )
    assert report([str(path), '--out-dir', str(tmp_path / 'out')]) == 0
    out, _ = check(tmp_path, capfd)
    assert 'rtsp://gate #1: 1 segment' in out and 'rtsp://gate #2: 1 segment' in out
    assert read_scores(path).made_by == {'extractor_weights': 'http://host'}
