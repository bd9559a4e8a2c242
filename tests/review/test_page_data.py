import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from mmvad.clock import Clock
from mmvad.review.page_data import page_data
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, ScoreGap, failed_video
from mmvad.scores.scores_file import ScoresFile


def pack(*videos, **made_by):
    return json.loads(page_data(ScoresFile(videos, made_by), EventRule(), Path('.')))


def unpack(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


def test_scores_lose_nothing_and_attention_a_65535th_of_its_peak():
    rng = np.random.default_rng(0)
    scores, attention = rng.random(100, np.float32), rng.random((3, 100), np.float32)
    (video,) = pack(ScoredVideo('a.mp4', scores, attention=attention), bag_size=50)['videos']
    assert (unpack(video['scores'], '<f4') == scores).all()
    packed = video['attention']
    parts = unpack(packed['weights'], '<u2').reshape(3, 100)
    np.testing.assert_allclose(
        parts * (packed['peak'] / 65535), 50 * attention, atol=packed['peak'] / 65535
    )


def test_times_of_a_variable_rate_lose_nothing_and_annotated_events_are_in_them():
    edges = np.array([0, 1 / 3, 7.123456])
    clock = Clock(2, 32, segment_times=edges)
    (video,) = pack(ScoredVideo('a', [0.1, 0.9], clock, annotated_events=[(8, 24)]))['videos']
    assert (unpack(video['edges'], '<f8') == edges).all()
    (event,) = video['annotatedEvents']
    assert event == pytest.approx([edges[1] / 2, (edges[1] + edges[2]) / 2])


def test_a_constant_rate_is_packed_as_such():
    scored = ScoredVideo('a', [0.1, 0.9], Clock(2, 20, fps=10), annotated_events=[(5, 10)])
    (video,) = pack(scored)['videos']
    assert (video['edges'], video['fps'], video['numFrames']) == (None, 10, 20)
    assert video['annotatedEvents'] == [[0.5, 1.0]]


def test_annotated_events_are_in_frames_where_the_rate_is_not_known():
    normal = ScoredVideo('b', [0.1], annotated_events=())
    one, two, three = pack(
        ScoredVideo('a', [0.1], annotated_events=[(5, 10)]), normal, failed_video('c', 'torn')
    )['videos']
    assert (one['edges'], one['fps'], one['annotatedEvents']) == (None, None, [[5, 10]])
    assert two['annotatedEvents'] == [] and three['annotatedEvents'] is None


def test_a_live_source_keeps_its_clock_and_hides_its_password():
    address = 'rtsp://me:secret@gate/1'
    scored = ScoredVideo(
        address,
        [0.1, 0.2],
        gaps=[ScoreGap(1, None, 2, f'{address} ended')],
        started_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
        arrivals=[1.5, 3.25],
        incomplete=f'{address} was lost',
    )
    text = json.dumps(pack(scored, failed_video('b', f'{address}: no'), source=address))
    assert 'secret' not in text and 'rtsp://gate' in text
    (video, _) = json.loads(text)['videos']
    assert unpack(video['arrivals'], '<f8').tolist() == [1.5, 3.25]
    assert video['startedAt'] == '2026-11-24T12:00:00.000+00:00'
