import json
from datetime import UTC, datetime

import pytest
from video_files import numbered_frames, write_video

from mmvad.review.drawing import draw
from mmvad.review.outputs import Outputs
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, failed_video
from mmvad.scores.scores_file import ScoresFile
from mmvad.timeline import Clock


@pytest.fixture
def gate(tmp_path):
    path = write_video(tmp_path / 'gate.mp4', numbered_frames(40))
    return ScoredVideo(str(path), [0.1, 0.9, 0.2], Clock(3, 40, fps=25))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_everything_that_can_be_made_is_made(gate, tmp_path):
    steps = []
    scores = ScoresFile([gate, ScoredVideo('test/b', [0.3]), failed_video('c.mp4', 'torn')])
    out = tmp_path / 'out'
    failed = draw(
        scores, Outputs(out, out / 'p.html'), lambda *step: steps.append(step), title='One day'
    )
    assert failed == {}
    assert names(out) == ['b.png', 'gate.png', 'gate_annotated.mp4', 'p.html', 'scores.csv']
    assert len((out / 'scores.csv').read_text().splitlines()) == 1 + 3 + 1
    page = (out / 'p.html').read_text()
    assert '<title>One day</title>' in page and './gate_annotated.mp4' in page
    assert sum(frames for index, frames in steps if index == 0) == 40
    assert [index for index, frames in steps if frames == 0] == [0, 1, 2]


def test_only_what_is_asked_for_is_made(gate, tmp_path):
    draw(ScoresFile([gate]), Outputs(tmp_path / 'o', curves=False, videos=False))
    assert names(tmp_path / 'o') == ['scores.csv']


def test_one_that_fails_is_named_and_the_others_are_drawn(gate, tmp_path):
    torn = tmp_path / 'torn.mp4'
    torn.write_bytes(b'no video')
    scores = ScoresFile([ScoredVideo(str(torn), [0.5]), gate])
    failed = draw(scores, Outputs(tmp_path / 'out'))
    assert list(failed) == [str(torn)]
    assert 'FFmpeg cannot open it' in failed[str(torn)]
    assert names(tmp_path / 'out') == ['gate.png', 'gate_annotated.mp4', 'scores.csv', 'torn.png']


def test_a_page_that_fails_is_named_and_the_table_is_written(tmp_path):
    page = tmp_path / 'p.html'
    scores = ScoresFile([ScoredVideo(str(tmp_path / 'gone.mp4'), [0.5])])
    failed = draw(scores, Outputs(tmp_path, page, curves=False, embed=True))
    assert failed.keys() == {str(page)} and 'not found' in failed[str(page)]
    assert names(tmp_path) == ['scores.csv']


def test_a_video_without_a_file_fails_only_where_all_are_asked_for(tmp_path):
    live = dict(started_at=datetime(2026, 11, 24, tzinfo=UTC), arrivals=[1.0])
    videos = [ScoredVideo('rtsp://gate', [0.5], **live), ScoredVideo('test/b', [0.5])]
    for all_videos, failing in ((False, []), (True, ['rtsp://gate', 'test/b'])):
        outputs = Outputs(tmp_path / 'out', all_videos=all_videos)
        failed = draw(ScoresFile(videos), outputs)
        assert list(failed) == failing
        assert all('no video file of this name' in reason for reason in failed.values())


def test_a_camera_is_not_taken_for_the_file_of_its_name(gate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'gate.mp4').rename(tmp_path / '0')
    live = dict(started_at=datetime(2026, 11, 24, tzinfo=UTC), arrivals=[1.0])
    draw(ScoresFile([ScoredVideo('0', [0.5], **live)]), Outputs(tmp_path / 'out'))
    assert names(tmp_path / 'out') == ['0.png', 'scores.csv']


def test_events_are_those_of_the_rule_or_of_the_default(tmp_path):
    scores = ScoresFile([ScoredVideo('a', [0.6, 0.9])])
    for given, events, threshold in ((scores, '11', 0.5), (scores.cut(EventRule(0.8)), '1', 0.8)):
        draw(given, Outputs(tmp_path, tmp_path / 'p.html', curves=False))
        lines = (tmp_path / 'scores.csv').read_text().splitlines()[1:]
        assert ''.join(line.split(',')[7] for line in lines) == events
        assert f'"rule":{{"threshold":{json.dumps(threshold)}' in (tmp_path / 'p.html').read_text()


def test_scores_of_whole_videos_are_refused(tmp_path):
    scores = ScoresFile([ScoredVideo('a', [0.5])], unit='video')
    with pytest.raises(ValueError, match='got one for each video'):
        draw(scores, Outputs(tmp_path / 'out'))
    assert not (tmp_path / 'out').exists()


def test_inputs_are_kept(gate, tmp_path):
    with pytest.raises(ValueError, match='would be written over'):
        draw(ScoresFile([gate]), Outputs(tmp_path), inputs=[tmp_path / 'scores.csv'])
