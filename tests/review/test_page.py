import base64
import hashlib
import html
import json
import os
import re

import numpy as np
import pytest
from mmvad.apis.events import EventRule
from mmvad.apis.results import build_results, failed_video, video_result
from mmvad.visualization.report import content_policy, video_source, write_report

from mmvad.visualization import report

RULE = EventRule()


def block(page, identifier):
    return re.search(rf'id="{identifier}">(.*?)</script>', page, re.DOTALL)[1]


def test_page_refers_to_nothing_but_videos(results, tmp_path):
    write_report(results, tmp_path / 'run.html')
    page = (tmp_path / 'run.html').read_text('utf-8')
    assert re.findall(r'<(?:script|img|iframe|link)[^>]*\b(?:src|href)="([^"]*)"', page) == [
        'data:,'
    ]
    assert '@import' not in page
    assert 'url(' not in page


def test_policy_admits_exactly_the_script_and_style_of_the_page(results, tmp_path):
    write_report(results, tmp_path / 'run.html')
    page = (tmp_path / 'run.html').read_text('utf-8')
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    for text in (
        page.rsplit('<script>', 1)[1].split('</script>')[0],
        page.split('<style>')[1].split('</style>')[0],
    ):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert 'http' not in policy
    assert 'unsafe' not in policy
    assert content_policy('a', 'b') != content_policy('b', 'a')


def test_page_carries_the_licence_of_the_bundled_library(results, tmp_path):
    write_report(results, tmp_path / 'run.html')
    assert 'Permission is hereby granted' in (tmp_path / 'run.html').read_text('utf-8')


def test_scores_lose_nothing_and_attention_a_65535th_of_its_peak(tmp_path):
    rng = np.random.default_rng(0)
    scores, attention = rng.random(100, np.float32), rng.random((3, 100))
    results = build_results({}, RULE, [video_result('a.mp4', scores, RULE, attention=attention)])
    write_report(results, tmp_path / 'run.html')
    (video,) = json.loads(block((tmp_path / 'run.html').read_text('utf-8'), 'data'))['videos']
    assert (np.frombuffer(base64.b64decode(video['scores']), '<f4') == scores).all()
    packed = video['attention']
    parts = np.frombuffer(base64.b64decode(packed['weights']), '<u2').reshape(3, 100)
    np.testing.assert_allclose(
        parts * (packed['peak'] / 65535), attention, atol=packed['peak'] / 65535
    )


def test_title_and_names_are_escaped(tmp_path):
    name = '"><script>alert(1)</script>{{policy}}'
    write_report(
        build_results({}, RULE, [failed_video(name, name)]), tmp_path / 'run.html', title=name
    )
    page = (tmp_path / 'run.html').read_text('utf-8')
    assert '<script>alert' not in page
    assert f'<title>{html.escape(name)}</title>' in page
    assert json.loads(block(page, 'data'))['videos'][0]['video'] == name


def test_videos_are_referenced_relative_to_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert video_source('videos/ä #1?.mp4', tmp_path / 'out') == './../videos/%C3%A4%20%231%3F.mp4'
    assert video_source(str(tmp_path / 'a.mp4'), tmp_path) == './a.mp4'
    assert video_source('javascript:alert(1)', tmp_path) == './javascript%3Aalert%281%29'
    assert video_source('rtsp://camera/1', tmp_path) is None


def test_video_on_another_drive_has_an_absolute_address(tmp_path, monkeypatch):
    def other_drive(path, start):
        raise ValueError('path is on mount D:, start on mount C:')

    monkeypatch.setattr(os.path, 'relpath', other_drive)
    assert video_source(str(tmp_path / 'a.mp4'), tmp_path) == (tmp_path / 'a.mp4').as_uri()


def test_file_names_that_are_no_utf8_survive(tmp_path):
    name = os.fsdecode(b'caf\xe9.mp4')
    write_report(build_results({}, RULE, [video_result(name, [0.5], RULE)]), tmp_path / 'run.html')
    page = (tmp_path / 'run.html').read_text('utf-8')
    assert json.loads(block(page, 'data'))['videos'][0]['sources'][0].endswith('/caf%E9.mp4')


def test_embedded_video_is_the_file(tmp_path):
    content = np.random.default_rng(0).bytes(report.CHUNK + 1000)
    (tmp_path / 'a.mp4').write_bytes(content)
    entries = [video_result(str(tmp_path / name), [0.5], RULE) for name in ('b.npy', 'a.mp4')]
    write_report(build_results({}, RULE, entries), tmp_path / 'run.html', embed_videos=True)
    page = (tmp_path / 'run.html').read_text('utf-8')
    assert 'id="video-0"' not in page
    kind, text = block(page, 'video-1').split(',')
    assert kind == 'data:video/mp4;base64'
    assert base64.b64decode(text) == content


def test_missing_and_too_large_videos_are_not_embedded(tmp_path, monkeypatch):
    results = build_results({}, RULE, [video_result(str(tmp_path / 'a.mp4'), [0.5], RULE)])
    with pytest.raises(FileNotFoundError, match=r'video to be embedded not found: .*a\.mp4'):
        write_report(results, tmp_path / 'run.html', embed_videos=True)
    (tmp_path / 'a.mp4').write_bytes(bytes(2**20 + 1))
    monkeypatch.setattr(report, 'MAX_EMBEDDED_BYTES', 2**20)
    with pytest.raises(
        ValueError, match=r'a\.mp4 has 1 MiB; a page can hold videos of up to 1 MiB'
    ):
        write_report(results, tmp_path / 'run.html', embed_videos=True)
    assert not (tmp_path / 'run.html').exists()


def test_document_that_does_not_fit_is_an_error(tmp_path):
    with pytest.raises(ValueError, match='expected results of version 1, got None'):
        write_report({}, tmp_path / 'run.html')


@pytest.mark.parametrize('name', ['a.ts', 'a.dav', 'a.avi', 'a'])
def test_a_copy_is_embedded_for_what_browsers_do_not_play(name, tmp_path, monkeypatch):
    video, copy = tmp_path / name, tmp_path / 'copy.mp4'
    video.write_bytes(b'0' * 1000)
    copy.write_bytes(b'pictures')
    monkeypatch.setattr(report, 'MAX_EMBEDDED_BYTES', 100)
    results = build_results({}, RULE, [video_result(str(video), [0.5], RULE, fps=25)])
    for small in (True, False):
        if not small:
            copy.write_bytes(b'pictures' * 100)
        write_report(results, tmp_path / 'r.html', True, copies={str(video): copy})
        page = (tmp_path / 'r.html').read_text('utf-8')
        assert ('id="video-0">data:video/mp4;base64,cGljdHVyZXM=' in page) == small
        sources = json.loads(block(page, 'data'))['videos'][0]['sources']
        assert sources == [f'./{name}', './copy.mp4']
