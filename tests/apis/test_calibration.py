import itertools
import json
import time

import numpy as np
import pytest

from mmvad.apis.calibration import (
    calibrate_threshold,
    candidate_thresholds,
    file_sha256,
    read_calibration,
    threshold_path,
    write_calibration,
)
from mmvad.apis.events import EventRule, cut_events
from mmvad.timeline import SEGMENT_FRAMES

HOUR = SEGMENT_FRAMES / 3600  # frames a second at which a segment lasts an hour


def count_events(videos, rule):
    return sum(len(cut_events(scores, rule)) for scores in videos)


def random_cases(count=60):
    rng = np.random.default_rng(0)
    for _ in range(count):
        videos = [
            (rng.integers(0, 21, rng.integers(5, 40)) / 21).astype(np.float32) for _ in range(3)
        ]
        settings = dict(
            low_ratio=float(rng.choice([1.0, 0.5, 0.73])),
            min_segments=int(rng.integers(1, 3)),
            merge_gap=int(rng.integers(0, 3)),
        )
        yield videos, settings, float(rng.choice([0, 0.02, 0.05, 0.1]))


def test_every_higher_threshold_meets_the_wish_and_the_next_lower_one_does_not():
    tried = 0
    for videos, settings, wish in random_cases():
        hours = sum(map(len, videos))
        try:
            found = calibrate_threshold(videos, HOUR, wish, **settings)
        except ValueError as error:
            assert 'never exceeded' in str(error)
            continue
        tried += 1
        chosen = found.rule.threshold
        grid = {chosen, *np.linspace(chosen, 1, 500)}
        assert all(
            count_events(videos, EventRule(float(t), **settings)) <= wish * hours for t in grid
        )
        candidates = candidate_thresholds(np.concatenate(videos), settings['low_ratio'])
        below = candidates[candidates < np.float32(chosen)]
        assert count_events(videos, EventRule(float(below[-1]), **settings)) > wish * hours
    assert tried > 40


def test_events_change_at_candidates_only():
    for videos, settings, _ in random_cases(20):
        candidates = candidate_thresholds(np.concatenate(videos), settings['low_ratio'])
        for lower, upper in itertools.pairwise(candidates):
            within = np.float32((float(lower) + float(upper)) / 2)
            for between in {np.nextafter(lower, np.float32(2)), within, upper} - {lower}:
                rule, reference = (
                    EventRule(float(threshold), **settings) for threshold in (between, upper)
                )
                for scores in videos:
                    assert (
                        cut_events(scores, rule).tolist() == cut_events(scores, reference).tolist()
                    )


def test_observed_figures_are_those_of_the_chosen_threshold():
    videos = [np.array([0.9, 0.8, 0.1, 0.2]), np.array([0.3, 0.6, 0.1, 0.5, 0.5])]
    found = calibrate_threshold(videos, 2 * HOUR, false_alarms_per_hour=2 / 4.5)
    assert found.rule.threshold == 0.6
    assert (found.normal_hours, found.num_videos) == (4.5, 2)
    assert found.false_alarms_per_hour == 2 / 4.5
    assert found.alarm_time_share == 3 / 9


def test_a_threshold_that_always_alarms_is_not_chosen_though_it_is_one_event():
    peaks = np.tile([0.9, 0.2], 50)
    assert count_events([peaks], EventRule(0.2)) == 1
    found = calibrate_threshold([peaks], HOUR, false_alarms_per_hour=0.02)  # two in 100 hours
    assert found.rule.threshold == pytest.approx(0.9)
    assert found.rule.threshold > np.float32(0.9)
    assert found.false_alarms_per_hour == 0


def test_events_do_not_join_across_videos():
    videos = [np.array([0.1, 0.1, 0.9]), np.array([0.9, 0.1, 0.9])]
    found = calibrate_threshold(videos, HOUR, 1.5 / 6, merge_gap=5)  # two events at 0.9
    assert np.float32(found.rule.threshold) == np.nextafter(np.float32(0.9), np.float32(1))


def test_wish_of_none_is_met_just_above_the_highest_normal_score():
    found = calibrate_threshold([np.array([0.2, 0.7])], HOUR, 0)
    assert np.float32(found.rule.threshold) == np.nextafter(np.float32(0.7), np.float32(1))


def test_half_a_million_segments_are_calibrated_within_seconds():
    rng = np.random.default_rng(0)
    videos = [rng.random(5000, np.float32) for _ in range(100)]
    start = time.perf_counter()
    found = calibrate_threshold(videos, 30, 1, low_ratio=0.8, min_segments=1, merge_gap=2)
    assert found.false_alarms_per_hour <= 1
    assert time.perf_counter() - start < 20


def test_wish_that_is_never_exceeded_is_an_error():
    with pytest.raises(ValueError, match=r'wished rate is never exceeded.*even at 0.2'):
        calibrate_threshold([np.array([0.2, 0.7])], HOUR, 5)


def test_normal_segments_at_1_leave_no_threshold_for_a_wish_of_none():
    with pytest.raises(ValueError, match=r'no threshold meets the wish: normal segments score 1.0'):
        calibrate_threshold([np.array([0.2, 1.0])], HOUR, 0)


def test_no_normal_video_is_an_error():
    with pytest.raises(ValueError, match='no normal video to choose a threshold from'):
        calibrate_threshold([], 30, 1)


@pytest.mark.parametrize('fps', [None, 0])
def test_calibration_needs_a_frame_rate(fps):
    with pytest.raises(ValueError, match='fps must be a positive number, got'):
        calibrate_threshold([np.array([0.5])], fps, 1)


@pytest.mark.parametrize('wish', [-1, float('nan'), float('inf')])
def test_wish_must_not_be_negative(wish):
    with pytest.raises(ValueError, match='false_alarms_per_hour must be >= 0, got'):
        calibrate_threshold([np.array([0.5])], 30, wish)


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / 'best.pth'
    path.write_bytes(b'weights')
    return path


@pytest.fixture
def calibration():
    return calibrate_threshold([np.array([0.9, 0.1, 0.6])], HOUR, 1 / 3, low_ratio=0.5)


def test_calibration_is_read_back_from_beside_the_checkpoint(checkpoint, calibration):
    path = write_calibration(checkpoint, calibration)
    assert path == threshold_path(checkpoint)
    assert path.name == 'best.pth.threshold.json'
    assert read_calibration(checkpoint) == calibration
    content = json.loads(path.read_text())
    assert content['checkpoint_sha256'] == file_sha256(checkpoint)
    assert content['rule'] == calibration.rule.to_dict()


def test_file_of_another_checkpoint_is_refused(checkpoint, calibration, tmp_path):
    path = write_calibration(checkpoint, calibration)
    other = tmp_path / 'other.pth'
    other.write_bytes(b'other weights')
    with pytest.raises(ValueError, match=r"made for another checkpoint, 'best.pth' of SHA-256"):
        read_calibration(other, path)


def test_missing_files_are_errors(checkpoint, calibration, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no calibrated threshold at .*best.pth.threshold'):
        read_calibration(checkpoint)
    with pytest.raises(FileNotFoundError, match=r'checkpoint file not found: .*none.pth'):
        write_calibration(tmp_path / 'none.pth', calibration)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{', 'not a JSON file'),
        ('[]', r'expected a threshold file of version 1, got \[\]'),
        ('{"version": 2}', 'expected a threshold file of version 1, got 2'),
        ('{"version": 1}', 'expected the keys .*differing are'),
    ],
)
def test_malformed_file_is_refused(checkpoint, text, message):
    threshold_path(checkpoint).write_text(text)
    with pytest.raises(ValueError, match=message):
        read_calibration(checkpoint)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(normal_hours='1'), "normal_hours must be a number of at least 0, got '1'"),
        (dict(rule={}), 'best.pth.threshold.json: event settings must have the keys'),
    ],
)
def test_malformed_entry_is_refused(checkpoint, calibration, change, message):
    path = write_calibration(checkpoint, calibration)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ValueError, match=message):
        read_calibration(checkpoint)


def test_rate_whose_product_with_the_hours_is_rounded_down_still_allows_whole_events():
    assert 0.29 * 100 < 29  # in float64
    scores = np.full(100, 0.1)
    scores[:58:2], scores[58:100:2] = 0.9, 0.5
    found = calibrate_threshold([scores], HOUR, false_alarms_per_hour=0.29)
    assert found.false_alarms_per_hour == pytest.approx(0.29)
    assert found.rule.threshold <= 0.9
