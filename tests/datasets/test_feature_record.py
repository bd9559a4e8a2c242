"""Records beside feature files: words of older ones, and annotations of resampled videos."""

import numpy as np
import pytest

from mmvad.datasets.feature_record import (
    differences,
    read_record,
    scored_annotation,
    write_json,
)

ENTRY = dict(video='a', num_frames=256, events=[[176, 200]])


def test_a_record_that_says_sound_is_one_of_audio(tmp_path):
    path = tmp_path / 'a.record.json'
    write_json(path, dict(format=1, features=dict(modality='sound', tail='ceil')))
    assert read_record(path)['features'] == dict(modality='audio', tail='ceil')
    assert differences(dict(modality='sound'), dict(modality='audio')) == []
    assert differences(dict(modality='sound'), dict(modality='rgb')) != []


def test_an_annotation_of_source_frames_stays_as_it_is():
    assert scored_annotation(ENTRY, 16, None) == ENTRY
    record = dict(video=dict(num_frames=256, fps=25.0, source_fps=25.0))
    assert scored_annotation(ENTRY, 16, record) == ENTRY


def test_events_of_a_resampled_variable_rate_follow_the_frames_that_were_shown():
    # 160 frames at 30 a second, then 96 at 6, shown at 10 a second: 8 s is frame 80 and source 176.
    scored = np.append(np.arange(0, 213, 16), 213)
    sources = np.where(scored < 53.333, scored * 3, 160 + (scored - 53.333) * 0.6).round()
    times = dict(segment_times=None, source_frames=[*sources[:-1].tolist(), 256])
    record = dict(video=dict(num_frames=213, fps=10.0, source_fps=12.0, **times))
    found = scored_annotation(ENTRY, 14, record)
    record['video']['source_fps'] = 10.0  # the average rate may be the one that was asked for
    assert scored_annotation(ENTRY, 14, record) == found
    assert found['num_frames'] == 213
    assert np.array(found['events']) == pytest.approx(np.array([[80, 120]]), abs=2)


def test_events_at_the_end_stay_inside_of_a_resampled_video():
    # 180 frames at 10 a second, labelled to the end of the padded segment; 450 at 25, padded 464.
    entry = dict(video='a', num_frames=180, events=[[170, 192]])
    record = dict(video=dict(num_frames=450, fps=25.0, source_fps=10.0))
    assert scored_annotation(entry, 29, record)['events'] == [(425, 464)]
    # The last of 300 frames at 30 a second is shown with the last of 50 at 5.
    entry = dict(video='a', num_frames=300, events=[[299, 300]])
    record = dict(video=dict(num_frames=50, fps=5.0, source_fps=30.0))
    assert scored_annotation(entry, 4, record)['events'] == [(49, 51)]
