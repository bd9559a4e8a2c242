"""The threshold file: a calibration beside the checkpoint that it is for."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from mmvad.files import file_sha256, read_json, write_json
from mmvad.scores.calibration import Calibration
from mmvad.scores.rule import EventRule, is_number, rule_from_segments
from mmvad.scores.scores_file import SCORINGS, ranking_of

GIVEN, DEFAULT = 'given', 'default, not calibrated'  # where a rule comes from, if from no file
TOO_SHORT = ', not calibrated on enough normal video'  # after the name of a file that says so

VERSION = 2
NUMBERS = ('target_false_alarms_per_hour', 'false_alarms_per_hour', 'alarm_time_share')
NUMBERS += ('normal_hours', 'num_videos')
KEYS = {*NUMBERS, 'version', 'rule', 'scoring', 'bag_size', 'segment_ranking', 'checkpoint'}
KEYS |= {'checkpoint_sha256'}
# names of version 1
OLD = {'wished_false_alarms_per_hour': 'target_false_alarms_per_hour', 'mode': 'scoring'}


def threshold_path(checkpoint: str | Path) -> Path:
    """Say where the calibrated threshold of a checkpoint lies.

    Example:
        >>> threshold_path('work_dirs/salient_ucf/best.pth').name
        'best.pth.threshold.json'
    """
    return Path(f'{checkpoint}.threshold.json')


def write_calibration(
    checkpoint: str | Path, calibration: Calibration, out: str | Path | None = None
) -> Path:
    """Write a calibration, bound to the checkpoint by its SHA-256.

    Args:
        checkpoint: The detector's checkpoint that scored the normal videos.
        calibration: What `calibrate` found.
        out: JSON file; None takes `threshold_path`.

    Returns:
        The file.

    Raises:
        FileNotFoundError: There is no such checkpoint.
        ValueError: Another checkpoint gave the scores.
    """
    digest = file_sha256(checkpoint)
    if calibration.weights_sha256 not in (None, digest):
        raise ValueError(
            f'the scores are those of a checkpoint of SHA-256 {calibration.weights_sha256}; '
            f'{checkpoint} has {digest}'
        )
    content = {
        'version': VERSION,
        **asdict(calibration),
        'rule': calibration.rule.to_dict(),
        'checkpoint': Path(checkpoint).name,
        'checkpoint_sha256': digest,
    }
    content.pop('weights_sha256')
    out = threshold_path(checkpoint) if out is None else Path(out)
    write_json(out, content, indent=2)
    return out


def read_calibration(checkpoint: str | Path, path: str | Path | None = None) -> Calibration:
    """Read the calibration of a checkpoint.

    Args:
        checkpoint: The detector's checkpoint.
        path: JSON that `write_calibration` wrote; None takes `threshold_path`. Files of version 1
            are read too.

    Returns:
        The calibration.

    Raises:
        FileNotFoundError: There is no such file or checkpoint.
        ValueError: It is malformed or was made for another checkpoint, or it is of version 1 and
            its lengths are in segments, for a frame rate that it does not say; the text names the
            file.
    """
    path = threshold_path(checkpoint) if path is None else Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f'no calibrated threshold at {path}; tools/calibrate.py makes it from normal videos'
        )
    digest = file_sha256(checkpoint)
    return _read(path, digest, f'{checkpoint} has {digest}')


def rule_for_scores(path: str | Path, made_by: Mapping) -> tuple[EventRule, str]:
    """Read the rule of a threshold file for scores that are there already.

    Args:
        path: JSON that `write_calibration` wrote.
        made_by: Of the scores file; what it does not say is not compared.

    Returns:
        The rule, and where it comes from, see `name_origin`.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is malformed, or was made for another checkpoint, scoring, bag size or
            segment ranking than the scores; the text names the file.
    """
    digest = made_by.get('weights_sha256')
    found = _read(Path(path), digest, f'the scores are those of {digest}')
    made_by = dict(made_by, segment_ranking=ranking_of(made_by))
    for name in ('scoring', 'bag_size', 'segment_ranking'):
        calibrated, scored = getattr(found, name), made_by.get(name)
        if None not in (calibrated, scored) and calibrated != scored:
            raise ValueError(
                f'{path}: calibrated on scores with {name} {calibrated!r}, these have {scored!r}'
            )
    return found.rule, name_origin(path, found)


def choose_rule(
    weights: str | os.PathLike,
    rule: EventRule | float | None = None,
    threshold_file: str | os.PathLike | None = None,
) -> tuple[EventRule, Calibration | None, str]:
    """Choose how scores become events.

    Args:
        weights: The detector's checkpoint.
        rule: A rule, or a threshold.
        threshold_file: JSON of ``tools/calibrate.py``.

    Returns:
        `rule`; else that of `threshold_file`; else that of the file beside the checkpoint; else a
        threshold of 0.5. The calibration that it comes from, if it does. And which of these it is:
        `GIVEN`, `DEFAULT`, or the name of the file, see `name_origin`.

    Raises:
        FileNotFoundError: There is no such threshold file.
        ValueError: Both are given, the threshold lies outside [0, 1], or the file is malformed or
            another checkpoint's.

    Example:
        >>> choose_rule('best.pth')[2], choose_rule('best.pth', 0.8)[0].threshold
        ('default, not calibrated', 0.8)
    """
    if rule is not None and threshold_file is not None:
        raise ValueError(f'give a rule or a threshold file, got {rule!r} and {threshold_file}')
    if rule is not None:
        return (rule if isinstance(rule, EventRule) else EventRule(rule)), None, GIVEN
    try:
        found = read_calibration(weights, threshold_file)
    except FileNotFoundError:
        if threshold_file is not None:
            raise
        return EventRule(), None, DEFAULT
    return found.rule, found, name_origin(threshold_file or threshold_path(weights), found)


def name_origin(path: str | os.PathLike, calibration: Calibration) -> str:
    """Name a threshold file, and say where its recording was too short for its target.

    Args:
        path: Of the file.
        calibration: What it holds.

    Example:
        >>> found = Calibration(EventRule(0.7), 1, 0, 0, normal_hours=46 / 3600, num_videos=1)
        >>> name_origin('out/best.pth.threshold.json', found)
        'best.pth.threshold.json, not calibrated on enough normal video'
    """
    return Path(path).name + ('' if calibration.is_supported else TOO_SHORT)


def check_calibration(
    calibration: Calibration | None,
    scoring: str,
    bag_size: int,
    segment_ranking: float,
    source: str,
) -> None:
    """Make sure that scores are made as those that a threshold was calibrated on.

    Args:
        calibration: None where the threshold was not calibrated.
        scoring: ``'bags'`` or ``'sliding'``.
        bag_size: l.
        segment_ranking: γ, see `SalientHead`.
        source: Where the calibration comes from, for the error.

    Raises:
        ValueError: They are not.
    """
    if calibration is None:
        return
    source = source.removesuffix(TOO_SHORT)
    if calibration.scoring not in (None, scoring):
        raise ValueError(
            f'{source} was calibrated on {calibration.scoring!r} scores, got scoring {scoring!r}; '
            'calibrate on scores of this kind, or give a threshold'
        )
    if calibration.bag_size not in (None, bag_size):
        raise ValueError(
            f'{source} was calibrated on bags of {calibration.bag_size} segments, the detector has '
            f'bags of {bag_size}; calibrate on its scores, or give a threshold'
        )
    if calibration.segment_ranking not in (None, segment_ranking):
        raise ValueError(
            f'{source} was calibrated on scores with segment_ranking '
            f'{calibration.segment_ranking:g}, the detector has {segment_ranking:g}; calibrate on '
            'its scores, or give a threshold'
        )


def _read(path: Path, digest: str | None, has: str) -> Calibration:
    """Read a threshold file for the checkpoint of a SHA-256; None takes that of any."""
    content = read_json(path, 'threshold file')
    version = content.get('version') if isinstance(content, Mapping) else content
    if version not in (1, VERSION):
        raise ValueError(
            f'{path}: expected a threshold file of version {VERSION}, got {version!r:.80}'
        )
    if version == 1:
        content = {OLD.get(key, key): value for key, value in content.items()}
    if 'segment_ranking' not in content:  # a file older than the setting
        content = {**content, 'segment_ranking': ranking_of(content)}
    if content.keys() != KEYS:
        raise ValueError(
            f'{path}: expected the keys {sorted(KEYS)}, differing are '
            f'{sorted(content.keys() ^ KEYS)}'
        )
    if digest is not None and content['checkpoint_sha256'] != digest:
        raise ValueError(
            f'{path}: made for another checkpoint, {content["checkpoint"]!r} of SHA-256 '
            f'{content["checkpoint_sha256"]}; {has}'
        )
    try:
        return _from_content(content)
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from error


def _from_content(content: Mapping) -> Calibration:
    for name in NUMBERS:
        if not is_number(content[name]) or not 0 <= content[name]:
            raise ValueError(f'{name} must be a number of at least 0, got {content[name]!r}')
    scoring, bag_size = content['scoring'], content['bag_size']
    if scoring not in (None, *SCORINGS):
        raise ValueError(f'scoring must be null or one of {SCORINGS}, got {scoring!r}')
    if bag_size is not None and not (type(bag_size) is int and bag_size > 0):
        raise ValueError(f'bag_size must be null or a whole number, got {bag_size!r}')
    ranking = content['segment_ranking']
    if ranking is not None and not (is_number(ranking) and ranking >= 0):
        raise ValueError(f'segment_ranking must be null or a number of at least 0, got {ranking!r}')
    settings = content['rule']
    is_old = content['version'] == 1
    rule = rule_from_segments(settings, None) if is_old else EventRule.from_dict(settings)
    return Calibration(
        rule,
        **{name: content[name] for name in NUMBERS},
        scoring=scoring,
        bag_size=bag_size,
        segment_ranking=ranking,
        weights_sha256=content['checkpoint_sha256'],
    )
