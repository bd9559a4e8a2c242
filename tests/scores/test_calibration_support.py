import pytest

from mmvad.scores.calibration_support import check_support, check_target, supports


@pytest.mark.parametrize(
    ('hours', 'target', 'expected'),
    [
        (1.0, 1.0, True),
        (0.999, 1.0, False),
        (10.0, 0.1, True),  # 0.1 * 10 is below 1 in binary for some orders of the sum
        (sum([0.1] * 10), 1.0, True),
        (9.9, 0.1, False),
        (1 / 60, 60.0, True),
        (1000.0, 0.0, False),
    ],
)
def test_one_false_alarm_must_be_expected(hours, target, expected):
    assert supports(hours, target) is expected


@pytest.mark.parametrize(
    ('hours', 'target', 'text'),
    [
        (46 / 3600, 1, '46 s .* cannot support 1 false alarm an hour; record at least 1 hour'),
        (0.25, 0.5, '15 min .* cannot support 0.5 false alarms an hour; record at least 2 hours'),
        (3, 0.3, '3 hours .* cannot support 0.3 false alarms an hour; record at least 3.4 hours'),
        (0.1, 7, '6 min .* cannot support 7 false alarms an hour; record at least 9 min'),
        (5, 0, '5 hours .* 0 false alarms an hour; no length can; choose a rate above 0'),
    ],
)
def test_what_is_too_short_is_refused_with_what_is_needed(hours, target, text):
    with pytest.raises(ValueError, match=f'^{text}$'):
        check_support(hours, target)


def test_what_is_advised_is_enough():
    for target in (0.01, 0.3, 1 / 3, 0.7, 1, 1.5, 7, 59, 61, 4000):
        with pytest.raises(ValueError, match='record at least') as caught:
            check_support(1e-6, target)
        *_, number, unit = str(caught.value).split()
        check_support(float(number) / (60 if unit == 'min' else 1), target)


@pytest.mark.parametrize('target', [-1.0, float('nan'), float('inf')])
def test_a_target_that_is_no_rate_is_refused(target):
    for check in (lambda: check_target(target), lambda: check_support(5, target)):
        with pytest.raises(ValueError, match='the target must be a number of at least 0, got'):
            check()
