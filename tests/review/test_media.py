import os

import pytest

from mmvad.review.media import (
    MAX_EMBEDDED_BYTES,
    check_embeddable,
    choose_embedded,
    video_source,
    video_sources,
)
from mmvad.scores.scored_video import ScoredVideo, failed_video


def make_large(path):
    with path.open('wb') as file:
        file.truncate(MAX_EMBEDDED_BYTES + 2**20)  # takes no room on the disk
    return path


def test_videos_are_referenced_relative_to_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert video_source('videos/ä #1?.mp4', tmp_path / 'out') == './../videos/%C3%A4%20%231%3F.mp4'
    assert video_source(str(tmp_path / 'a.mp4'), tmp_path) == './a.mp4'
    assert video_source('javascript:alert(1)', tmp_path) == './javascript%3Aalert%281%29'
    assert video_source('rtsp://camera/1', tmp_path) is None


def test_file_names_that_are_no_utf8_survive(tmp_path):
    assert video_source(os.fsdecode(b'caf\xe9.mp4'), tmp_path).endswith('/caf%E9.mp4')


def test_video_on_another_drive_has_an_absolute_address(tmp_path):
    def other_drive(path, start):
        raise ValueError('path is on mount D:, start on mount C:')

    found = video_source(str(tmp_path / 'a.mp4'), tmp_path, other_drive)
    assert found == (tmp_path / 'a.mp4').as_uri()


def test_names_without_a_file_have_no_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ('test/a', 'a.npy', '0'):
        assert video_sources(ScoredVideo(name, [0.5]), tmp_path, {}) == []
    (tmp_path / 'recording').write_bytes(b'of a recorder')
    assert video_sources(ScoredVideo('recording', [0.5]), tmp_path, {}) == ['./recording']
    assert video_sources(ScoredVideo('gone.mp4', [0.5]), tmp_path, {}) == ['./gone.mp4']


def test_a_copy_comes_after_the_video_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scored = ScoredVideo('a.avi', [0.5])
    assert video_sources(scored, tmp_path, {'a.avi': 'b.mp4'}) == ['./a.avi', './b.mp4']


def test_missing_and_too_large_videos_are_not_embedded(tmp_path):
    video = tmp_path / 'a.mp4'
    scored = [ScoredVideo(str(video), [0.5])]
    with pytest.raises(FileNotFoundError, match=r'video to be embedded not found: .*a\.mp4'):
        choose_embedded(scored, {})
    make_large(video)
    with pytest.raises(
        ValueError, match=r'a\.mp4 has 257 MiB; a page can hold videos of up to 256'
    ):
        choose_embedded(scored, {})
    with pytest.raises(ValueError, match=r'a\.mp4 has 257 MiB'):
        check_embeddable(['rtsp://gate', str(tmp_path / 'no.mp4'), str(video)])
    assert choose_embedded([failed_video(str(video), 'torn')], {}) == {}


def test_what_is_too_large_and_unknown_to_browsers_stays_outside(tmp_path):
    recorded, copy = make_large(tmp_path / 'a.avi'), tmp_path / 'copy.mp4'
    scored = [ScoredVideo(str(recorded), [0.5])]
    assert choose_embedded(scored, {}) == {}
    copy.write_bytes(b'pictures')
    assert choose_embedded(scored, {str(recorded): copy}) == {0: copy}
    make_large(copy)
    assert choose_embedded(scored, {str(recorded): copy}) == {}
