import json
from dataclasses import replace

import pytest

from mmvad.files import file_sha256
from mmvad.scores.calibration import Calibration
from mmvad.scores.rule import EventRule
from mmvad.scores.threshold_file import (
    check_calibration,
    choose_rule,
    read_calibration,
    rule_for_scores,
    threshold_path,
    write_calibration,
)


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / 'best.pth'
    path.write_bytes(b'weights')
    return path


@pytest.fixture
def calibration(checkpoint):
    return Calibration(
        rule=EventRule(0.6000001, 0.5, min_seconds=1.5, merge_seconds=2),
        target_false_alarms_per_hour=1.0,
        false_alarms_per_hour=0.75,
        alarm_time_share=0.01,
        normal_hours=4.0,
        num_videos=3,
        scoring='bags',
        bag_size=28,
        segment_ranking=0.25,
        weights_sha256=file_sha256(checkpoint),
    )


def version_1(checkpoint, **rule):
    """As the calibration of version 1 wrote it."""
    settings = dict(threshold=0.6, low_ratio=0.5, min_segments=1, merge_gap=0, low_threshold=0.3)
    return {
        'version': 1,
        'rule': {**settings, **rule},
        'wished_false_alarms_per_hour': 1.0,
        'false_alarms_per_hour': 0.75,
        'alarm_time_share': 0.01,
        'normal_hours': 4.0,
        'num_videos': 3,
        'mode': 'sliding',
        'bag_size': 28,
        'checkpoint': 'best.pth',
        'checkpoint_sha256': file_sha256(checkpoint),
    }


def test_calibration_is_read_back_from_beside_the_checkpoint(checkpoint, calibration):
    path = write_calibration(checkpoint, calibration)
    assert path == threshold_path(checkpoint)
    assert path.name == 'best.pth.threshold.json'
    assert read_calibration(checkpoint) == calibration
    content = json.loads(path.read_text())
    assert content['version'] == 2
    assert content['checkpoint'] == 'best.pth'
    assert content['checkpoint_sha256'] == file_sha256(checkpoint)
    assert content['rule'] == calibration.rule.to_dict()


def test_calibration_goes_into_another_file(checkpoint, calibration, tmp_path):
    out = write_calibration(checkpoint, calibration, tmp_path / 'new' / 'night.json')
    assert out == tmp_path / 'new' / 'night.json'
    assert read_calibration(checkpoint, out) == calibration
    assert not threshold_path(checkpoint).exists()


def test_scores_of_an_unknown_checkpoint_are_bound_to_the_given_one(checkpoint, calibration):
    unbound = replace(calibration, weights_sha256=None, scoring=None, bag_size=None)
    write_calibration(checkpoint, unbound)
    assert read_calibration(checkpoint) == replace(unbound, weights_sha256=file_sha256(checkpoint))


def test_scores_of_another_checkpoint_are_refused(checkpoint, calibration):
    other = replace(calibration, weights_sha256='ab12')
    with pytest.raises(ValueError, match=r'the scores are those of a checkpoint of SHA-256 ab12'):
        write_calibration(checkpoint, other)
    assert not threshold_path(checkpoint).exists()


def test_file_of_another_checkpoint_is_refused(checkpoint, calibration, tmp_path):
    path = write_calibration(checkpoint, calibration)
    other = tmp_path / 'other.pth'
    other.write_bytes(b'other weights')
    with pytest.raises(ValueError, match=r"made for another checkpoint, 'best.pth' of SHA-256"):
        read_calibration(other, path)


def test_missing_files_are_errors(checkpoint, calibration, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no calibrated threshold at .*best.pth.threshold'):
        read_calibration(checkpoint)
    with pytest.raises(FileNotFoundError, match=r'file not found: .*none.pth'):
        write_calibration(tmp_path / 'none.pth', calibration)


def test_version_1_with_trivial_lengths_is_read(checkpoint):
    threshold_path(checkpoint).write_text(json.dumps(version_1(checkpoint)))
    found = read_calibration(checkpoint)
    assert found.rule == EventRule(0.6, 0.5)
    assert (found.target_false_alarms_per_hour, found.false_alarms_per_hour) == (1, 0.75)
    assert (found.alarm_time_share, found.normal_hours, found.num_videos) == (0.01, 4, 3)
    assert (found.scoring, found.bag_size) == ('sliding', 28)
    assert found.segment_ranking == 0  # it is older than the setting
    assert found.weights_sha256 == file_sha256(checkpoint)


@pytest.mark.parametrize(('scoring', 'expected'), [('bags', 0), (None, None)])
def test_files_older_than_segment_ranking_are_read(checkpoint, calibration, scoring, expected):
    path = write_calibration(checkpoint, calibration)
    content = json.loads(path.read_text())
    assert content.pop('segment_ranking') == 0.25
    path.write_text(json.dumps({**content, 'scoring': scoring}))
    assert read_calibration(checkpoint).segment_ranking == expected


@pytest.mark.parametrize('change', [dict(min_segments=2), dict(merge_gap=1)])
def test_version_1_with_lengths_in_segments_is_refused(checkpoint, change):
    threshold_path(checkpoint).write_text(json.dumps(version_1(checkpoint, **change)))
    with pytest.raises(ValueError, match=r'threshold.json: .* count segments.*calibrate again'):
        read_calibration(checkpoint)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{', 'not a JSON file'),
        ('[]', r'expected a threshold file of version 2, got \[\]'),
        ('{"version": 3}', 'expected a threshold file of version 2, got 3'),
        ('{"version": 1}', 'expected the keys .*differing are'),
        ('{"version": 2}', 'expected the keys .*differing are'),
    ],
)
def test_malformed_file_is_refused(checkpoint, text, message):
    threshold_path(checkpoint).write_text(text)
    with pytest.raises(ValueError, match=f'best.pth.threshold.json: {message}'):
        read_calibration(checkpoint)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(normal_hours='1'), "normal_hours must be a number of at least 0, got '1'"),
        (dict(false_alarms_per_hour=-1), 'false_alarms_per_hour must be a number of at least 0'),
        (dict(num_videos=None), 'num_videos must be a number of at least 0, got None'),
        (dict(rule={}), 'an event rule must have the keys'),
        (
            dict(segment_ranking='1'),
            "segment_ranking must be null or a number of at least 0, got '1'",
        ),
        (
            dict(segment_ranking=-1),
            'segment_ranking must be null or a number of at least 0, got -1',
        ),
        (dict(scoring='mean'), r"scoring must be null or one of .* got 'mean'"),
        (dict(bag_size=0), 'bag_size must be null or a whole number, got 0'),
        (dict(bag_size=True), 'bag_size must be null or a whole number, got True'),
        (dict(bag_size=2.5), 'bag_size must be null or a whole number, got 2.5'),
        (dict(version=1), 'expected the keys|an event rule must have the keys'),
    ],
)
def test_malformed_entry_is_refused(checkpoint, calibration, change, message):
    path = write_calibration(checkpoint, calibration)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ValueError, match=f'best.pth.threshold.json: .*({message})'):
        read_calibration(checkpoint)


def test_a_given_rule_or_threshold_comes_before_every_file(checkpoint, calibration):
    write_calibration(checkpoint, calibration)
    rule = EventRule(0.8, min_seconds=3)
    assert choose_rule(checkpoint, rule) == (rule, None, 'given')
    assert choose_rule(checkpoint, 0.8) == (EventRule(0.8), None, 'given')
    assert choose_rule(checkpoint, 0) == (EventRule(0), None, 'given')


def test_a_given_file_comes_before_the_one_beside_the_checkpoint(checkpoint, calibration, tmp_path):
    write_calibration(checkpoint, calibration)
    night = replace(calibration, rule=EventRule(0.9))
    path = write_calibration(checkpoint, night, tmp_path / 'night.json')
    assert choose_rule(checkpoint, None, path) == (night.rule, night, 'night.json')
    assert choose_rule(checkpoint) == (
        calibration.rule,
        calibration,
        'best.pth.threshold.json',
    )


def test_a_file_on_too_little_video_says_so_with_its_name(checkpoint, calibration):
    write_calibration(checkpoint, replace(calibration, normal_hours=0.1))
    _, found, origin = choose_rule(checkpoint)
    assert origin == 'best.pth.threshold.json, not calibrated on enough normal video'
    message = r"^best\.pth\.threshold\.json was calibrated on 'bags' scores, got scoring 'sliding'"
    with pytest.raises(ValueError, match=message):
        check_calibration(replace(found, scoring='bags'), 'sliding', 28, 0.0, origin)


def test_the_rule_for_scores_comes_with_its_origin(checkpoint, calibration, tmp_path):
    path = write_calibration(checkpoint, calibration, tmp_path / 'night.json')
    assert rule_for_scores(path, {}) == (calibration.rule, 'night.json')


def test_without_a_file_the_threshold_is_a_half(checkpoint):
    assert choose_rule(checkpoint) == (EventRule(0.5), None, 'default, not calibrated')


def test_choices_that_contradict_or_do_not_exist_are_errors(checkpoint, tmp_path):
    with pytest.raises(ValueError, match=r'give a rule or a threshold file, got 0.5 and'):
        choose_rule(checkpoint, 0.5, tmp_path / 'night.json')
    with pytest.raises(FileNotFoundError, match=r'no calibrated threshold at .*night.json'):
        choose_rule(checkpoint, None, tmp_path / 'night.json')
    with pytest.raises(ValueError, match=r'threshold must lie in \[0, 1\], got 2'):
        choose_rule(checkpoint, 2)
    threshold_path(checkpoint).write_text('{')
    with pytest.raises(ValueError, match='not a JSON file'):
        choose_rule(checkpoint)
