import pytest

from mmvad.scores.cautions import caution_extractor, list_cautions
from mmvad.scores.rule import EventRule
from mmvad.scores.threshold_file import TOO_SHORT

RULE = EventRule(0.7)


@pytest.mark.parametrize('origin', ['given', 'default, not calibrated'])
def test_a_threshold_that_no_calibration_chose_is_told(origin):
    (text,) = list_cautions(dict(threshold_from=origin), RULE)
    assert text.startswith('The threshold of 0.7 is not calibrated: ')


def test_scores_without_a_rule_are_cut_by_the_default_one():
    (text,) = list_cautions(dict(threshold_from='best.pth.threshold.json'), None)
    assert text.startswith('The threshold of 0.5 is not calibrated: ')


def test_a_calibration_on_too_little_video_is_told():
    (text,) = list_cautions(dict(threshold_from=f'best.pth.threshold.json{TOO_SHORT}'), RULE)
    assert text.startswith('The threshold of 0.7 is not calibrated on enough normal video: ')


def test_a_rule_of_unknown_origin_is_not_judged():
    assert list_cautions({}, RULE) == [
        'It is not known whether the threshold of 0.7 is calibrated.'
    ]


def test_a_calibrated_threshold_and_trained_weights_need_no_word():
    made_by = dict(threshold_from='best.pth.threshold.json', extractor_weights='i3d.pth')
    assert list_cautions(made_by, RULE) == []
    assert list_cautions(dict(made_by, extractor_weights=None), RULE) == []


def test_an_untrained_extractor_is_told_first():
    made_by = dict(threshold_from='given', extractor_weights='random, seed 3')
    first, second = list_cautions(made_by, RULE)
    assert first.startswith('The features are those of an untrained network (random, seed 3)')
    assert 'not calibrated' in second
    assert caution_extractor('random_forest.pth') == []
