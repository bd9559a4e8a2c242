"""Says which target rate of false alarms a recording is long enough for."""

import math

ROUNDING = 1e-12  # relative: 0.1 an hour over 10 hours is one event


def check_target(target: float) -> None:
    """Refuse what is no rate.

    Args:
        target: False alarms an hour.

    Raises:
        ValueError: It is negative, or no finite number.

    Example:
        >>> check_target(0)
    """
    if not 0 <= target < math.inf:
        raise ValueError(f'the target must be a number of at least 0, got {target!r}')


def supports(hours: float, target: float) -> bool:
    """Say whether at least one false alarm is to be expected in a recording at the target rate.

    Where it is less, no alarm at all is the only outcome within the target, and that says nothing
    about the rate.

    Args:
        hours: Length of the normal videos.
        target: False alarms an hour.

    Example:
        >>> supports(1.0, target=1), supports(46 / 3600, target=1), supports(10.0, target=0)
        (True, False, False)
    """
    return hours * target * (1 + ROUNDING) >= 1


def check_support(hours: float, target: float) -> None:
    """Refuse a target that a recording is too short for.

    Args:
        hours: Length of the normal videos.
        target: False alarms an hour.

    Raises:
        ValueError: See `check_target` and `supports`; the text says how much is needed.

    Example:
        >>> check_support(46 / 3600, target=1)
        Traceback (most recent call last):
        ValueError: 46 s of normal video cannot support 1 false alarm an hour; record at least 1 \
hour
    """
    check_target(target)
    if supports(hours, target):
        return
    alarms = '1 false alarm' if target == 1 else f'{target:g} false alarms'
    if target == 0:
        advice = 'no length can; choose a rate above 0'
    elif (needed := 1 / target) < 1:
        advice = f'record at least {math.ceil(60 * needed)} min'
    else:
        tenths = math.ceil(round(10 * needed, 6))
        advice = f'record at least {tenths / 10:g} hour{"" if tenths == 10 else "s"}'
    raise ValueError(
        f'{describe_hours(hours)} of normal video cannot support {alarms} an hour; {advice}'
    )


def describe_hours(hours: float) -> str:
    """Write a length of time in the unit that suits it.

    Example:
        >>> describe_hours(46 / 3600), describe_hours(0.5), describe_hours(12.25)
        ('46 s', '30 min', '12.2 hours')
    """
    seconds = 3600 * hours
    if seconds < 120:
        return f'{seconds:.3g} s'
    return f'{seconds / 60:.3g} min' if hours < 2 else f'{hours:.3g} hours'
