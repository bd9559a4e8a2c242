import base64
import hashlib
import html
import json
import re

import numpy as np
import pytest

from mmvad.clock import Clock
from mmvad.review.media import CHUNK
from mmvad.review.page import content_policy, write_page
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, failed_video
from mmvad.scores.scores_file import ScoresFile


def block(page, identifier):
    return re.search(rf'id="{identifier}">(.*?)</script>', page, re.DOTALL)[1]


def write(path, scores, *args, **options):
    write_page(scores, path / 'run.html', *args, **options)
    return (path / 'run.html').read_text('utf-8')


def test_page_refers_to_nothing_but_videos(scores, tmp_path):
    page = write(tmp_path, scores)
    assert re.findall(r'<(?:script|img|iframe|link)[^>]*\b(?:src|href)="([^"]*)"', page) == [
        'data:,'
    ]
    assert '@import' not in page
    assert 'url(' not in page


def test_policy_admits_exactly_the_script_and_style_of_the_page(scores, tmp_path):
    page = write(tmp_path, scores)
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


def test_page_carries_the_licence_of_the_bundled_library(scores, tmp_path):
    assert 'Permission is hereby granted' in write(tmp_path, scores)


def test_title_and_names_are_escaped(tmp_path):
    name = '"><script>alert(1)</script>{{policy}}'
    page = write(tmp_path, ScoresFile([failed_video(name, name)]), title=name)
    assert '<script>alert' not in page
    assert f'<title>{html.escape(name)}</title>' in page
    assert json.loads(block(page, 'data'))['videos'][0]['video'] == name


def test_page_begins_with_the_rule_given_or_that_of_the_scores_or_the_default(tmp_path):
    scores = ScoresFile([ScoredVideo('a', [0.5])])
    for page, threshold in (
        (write(tmp_path, scores), 0.5),
        (write(tmp_path, scores.cut(EventRule(0.7))), 0.7),
        (write(tmp_path, scores.cut(EventRule(0.7)), rule=EventRule(0.9)), 0.9),
    ):
        assert json.loads(block(page, 'data'))['rule']['threshold'] == threshold


def test_a_rule_in_seconds_needs_every_frame_rate(tmp_path):
    rule = EventRule(0.5, min_seconds=2)
    with pytest.raises(ValueError, match="video 'a': min_seconds=2 and merge_seconds=0 need the"):
        write(tmp_path, ScoresFile([ScoredVideo('a', [0.5])]), rule=rule)
    assert write(tmp_path, ScoresFile([failed_video('a', 'torn')]), rule=rule)


def test_scores_of_whole_videos_have_no_page(tmp_path):
    with pytest.raises(ValueError, match='expected a score for each segment, got one for each vid'):
        write(tmp_path, ScoresFile([ScoredVideo('a', [0.5])], unit='video'))


def test_embedded_video_is_the_file(tmp_path):
    content = np.random.default_rng(0).bytes(CHUNK + 1000)
    (tmp_path / 'a.mp4').write_bytes(content)
    videos = [ScoredVideo(str(tmp_path / name), [0.5]) for name in ('b.npy', 'a.mp4')]
    page = write(tmp_path, ScoresFile(videos), embed=True)
    assert 'id="video-0"' not in page
    kind, text = block(page, 'video-1').split(',')
    assert kind == 'data:video/mp4;base64'
    assert base64.b64decode(text) == content


def test_a_missing_video_leaves_no_page(tmp_path):
    scores = ScoresFile([ScoredVideo(str(tmp_path / 'a.mp4'), [0.5])])
    with pytest.raises(FileNotFoundError, match=r'video to be embedded not found: .*a\.mp4'):
        write(tmp_path, scores, embed=True)
    assert not (tmp_path / 'run.html').exists()


@pytest.mark.parametrize('name', ['a.ts', 'a.dav', 'a.avi', 'a'])
def test_a_copy_is_embedded_for_what_browsers_do_not_play(name, tmp_path):
    video, copy = tmp_path / name, tmp_path / 'copy.mp4'
    video.write_bytes(b'0' * 1000)
    copy.write_bytes(b'pictures')
    scores = ScoresFile([ScoredVideo(str(video), [0.5], Clock(1, fps=25))])
    page = write(tmp_path, scores, embed=True, copies={str(video): copy})
    assert 'id="video-0">data:video/mp4;base64,cGljdHVyZXM=' in page
    sources = json.loads(block(page, 'data'))['videos'][0]['sources']
    assert sources == [f'./{name}', './copy.mp4']


def test_page_begins_with_what_is_doubtful(tmp_path):
    calibrated = dict(threshold_from='best.pth.threshold.json')
    scores = ScoresFile([ScoredVideo('a', [0.5])], calibrated, EventRule(0.7))

    def cautions(*args, **options):
        return json.loads(block(write(tmp_path, *args, **options), 'data'))['cautions']

    assert cautions(scores) == []
    (text,) = cautions(scores, rule=EventRule(0.9))
    assert text.startswith('The threshold of 0.9 is not calibrated')
    (text,) = cautions(ScoresFile([ScoredVideo('a', [0.5])], calibrated))
    assert text.startswith('The threshold of 0.5 is not calibrated')
    untrained = dict(calibrated, extractor_weights='random, seed 0')
    (text,) = cautions(ScoresFile(scores.videos, untrained, scores.rule))
    assert text.startswith('The features are those of an untrained network')
