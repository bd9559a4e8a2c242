"""What a reader of scores must know before taking them at their word."""

from collections.abc import Mapping

from mmvad.scores.rule import EventRule
from mmvad.scores.threshold_file import DEFAULT, GIVEN, TOO_SHORT

RANDOM = 'random, seed '  # begins the `weights` of an extractor whose weights were drawn


def list_cautions(made_by: Mapping, rule: EventRule | None) -> list[str]:
    """Say what is doubtful about scores and events: the threshold, and an untrained extractor.

    Args:
        made_by: Of a scores file; its ``threshold_from`` says where the rule comes from.
        rule: What cuts the events; None is the default rule.

    Returns:
        Sentences; none where nothing is doubtful.

    Example:
        >>> list_cautions(dict(threshold_from='best.pth.threshold.json'), EventRule(0.7))
        []
        >>> list_cautions(dict(threshold_from='given'), EventRule(0.7))[0].split('. ')[0]
        'The threshold of 0.7 is not calibrated: how many false alarms it gives is not known'
    """
    threshold = f'{(rule or EventRule()).threshold:g}'
    origin = DEFAULT if rule is None else made_by.get('threshold_from')
    found = caution_extractor(made_by.get('extractor_weights'))
    if origin is None:
        found.append(f'It is not known whether the threshold of {threshold} is calibrated.')
    elif origin in (GIVEN, DEFAULT):
        found.append(
            f'The threshold of {threshold} is not calibrated: how many false alarms it gives is '
            'not known. mmvad calibrate chooses one from normal videos.'
        )
    elif origin.endswith(TOO_SHORT):
        found.append(
            f'The threshold of {threshold} is not calibrated on enough normal video: how many '
            'false alarms it gives is not known.'
        )
    return found


def caution_extractor(weights: str | None) -> list[str]:
    """Say that features are those of a network with random weights.

    Args:
        weights: Where the extractor's weights came from, see `LoadedExtractor`; None where that is
            not known, or there is no extractor.

    Returns:
        One sentence, or none.

    Example:
        >>> caution_extractor('random, seed 0')
        ['The features are those of an untrained network (random, seed 0), for trials only.']
    """
    if not isinstance(weights, str) or not weights.startswith(RANDOM):
        return []
    return [f'The features are those of an untrained network ({weights}), for trials only.']
