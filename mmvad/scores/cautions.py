"""What a reader of scores must know before taking them at their word."""

from collections.abc import Mapping

from mmvad.scores.rule import EventRule
from mmvad.scores.threshold_file import TOO_SHORT, UNCALIBRATED

RANDOM = 'random, seed '  # begins `extractor_weights` of a network with drawn weights


def list_cautions(made_by: Mapping, rule: EventRule | None) -> list[str]:
    """Say what is doubtful about scores and events: the threshold, and an untrained extractor.

    Args:
        made_by: Of a scores file; ``threshold_from`` says where the rule comes from.
        rule: What cuts the events; None is the default rule.

    Returns:
        Sentences; none where nothing is doubtful.

    Example:
        >>> list_cautions(dict(threshold_from='best.pth.threshold.json'), EventRule(0.7))
        []
        >>> list_cautions({}, None)
        ['The threshold of 0.5 is not calibrated: how often it gives false alarms is not known.']
    """
    threshold = f'{(rule or EventRule()).threshold:g}'
    origin, found = made_by.get('threshold_from'), []
    if origin is None or origin in UNCALIBRATED:
        found.append(
            f'The threshold of {threshold} is not calibrated: how often it gives false alarms is '
            'not known.'
        )
    elif origin.endswith(TOO_SHORT):
        found.append(
            f'The threshold of {threshold} was calibrated on too little normal video: how often it '
            'gives false alarms is not known.'
        )
    return found + list_extractor_cautions(made_by.get('extractor_weights'))


def list_extractor_cautions(weights: str | None) -> list[str]:
    """Say that features are those of a network with random weights.

    Args:
        weights: Where the extractor's weights came from, see `LoadedExtractor`; None where that is
            not known.

    Returns:
        One sentence, or none.

    Example:
        >>> list_extractor_cautions('random, seed 0')
        ['The extractor is untrained (random, seed 0): its features and all scores mean nothing.']
    """
    if not isinstance(weights, str) or not weights.startswith(RANDOM):
        return []
    return [f'The extractor is untrained ({weights}): its features and all scores mean nothing.']
