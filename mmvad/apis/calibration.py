"""Chooses the threshold of a detector from normal videos and keeps it beside the checkpoint."""

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mmvad.apis.events import (
    EventRule,
    check_fps,
    check_scores,
    cut_runs,
    seconds_to_segments,
    shortest_float,
)
from mmvad.apis.results import read_results
from mmvad.evaluation.dump import load_dump
from mmvad.fileio import atomic_path
from mmvad.models.stream_scorers import MODES
from mmvad.timeline import SEGMENT_FRAMES

VERSION = 1
KEYS = {
    'version',
    'rule',
    'wished_false_alarms_per_hour',
    'false_alarms_per_hour',
    'alarm_time_share',
    'normal_hours',
    'num_videos',
    'mode',
    'bag_size',
    'checkpoint',
    'checkpoint_sha256',
}


@dataclass(frozen=True)
class Calibration:
    """A chosen threshold and what it does on the normal videos it was chosen on.

    Attributes:
        rule: The event settings with the chosen threshold.
        wished_false_alarms_per_hour: What was asked for.
        false_alarms_per_hour: Events an hour on the normal videos; at most what was asked for.
        alarm_time_share: Share of the normal segments that lie in an event. A single event may last
            for hours, which the rate does not show.
        normal_hours: Length of the normal videos.
        num_videos: Number of normal videos; a live source counts once for each part between gaps.
        mode: How they were scored, ``'bags'`` or ``'sliding'``; None where that is not known.
        bag_size: Segments in their bags; None where that is not known.
    """

    rule: EventRule
    wished_false_alarms_per_hour: float
    false_alarms_per_hour: float
    alarm_time_share: float
    normal_hours: float
    num_videos: int
    mode: str | None = None
    bag_size: int | None = None


@dataclass(frozen=True)
class NormalScores:
    """Scores of normal videos.

    Attributes:
        scores: (S,) each; those of a live source are parted at its gaps.
        fps: Frames a second of each.
        num_normal: Normal videos.
        num_videos: Videos of the file, also the anomalous ones and those that were not scored.
        mode: ``'bags'`` or ``'sliding'``, where known.
        bag_size: Segments in a bag, where known.
        weights_sha256: Of the checkpoint that gave the scores, where known.
    """

    scores: list[np.ndarray]
    fps: list[float]
    num_normal: int
    num_videos: int
    mode: str | None = None
    bag_size: int | None = None
    weights_sha256: str | None = None

    def count_segments(self, seconds: float) -> int:
        """Give the segments that last at least so long, see `seconds_to_segments`.

        Raises:
            ValueError: They are not equally many at all frame rates.
        """
        counts = {rate: seconds_to_segments(seconds, rate) for rate in self.fps}
        if len(set(counts.values())) > 1:
            raise ValueError(
                f'{seconds:g} s are another number of segments at each frame rate ({counts}); '
                'calibrate for one rate, or say by --fps which one is meant'
            )
        return next(iter(counts.values()))

    def check_checkpoint(self, checkpoint: str | Path) -> None:
        """Make sure that a checkpoint gave the scores, where the file says which one did.

        Raises:
            FileNotFoundError: There is no such checkpoint.
            ValueError: Another one did.
        """
        digest = file_sha256(checkpoint)
        if self.weights_sha256 not in (None, digest):
            raise ValueError(
                f'the scores are those of a checkpoint of SHA-256 {self.weights_sha256}; '
                f'{checkpoint} has {digest}'
            )


def read_normal_scores(
    path: str | Path, fps: float | None = None, all_normal: bool = False
) -> NormalScores:
    """Read the scores of normal videos.

    Args:
        path: JSON of ``tools/test.py --dump``, whose labels say which are normal, or of
            ``tools/infer.py``, where those are that are known to have no anomaly (``ground_truth``
            is empty).
        fps: Frames a second of all of them; None takes what ``tools/infer.py`` wrote.
        all_normal: All videos of ``tools/infer.py`` are normal, whatever else is known.

    Returns:
        The scores.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is neither; no video is normal; a frame rate is not known; or `all_normal` is
            said of a dump, which has labels.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except ValueError:
        content = None  # the reader of dumps says what is wrong
    if not isinstance(content, Mapping) or 'segment_frames' not in content:
        if all_normal:
            raise ValueError(f'{path} is no document of tools/infer.py; a dump has labels itself')
        if fps is None:
            raise ValueError(f'{path} does not say the frame rate of its videos; --fps does')
        _, predictions = load_dump(path)
        normal = [video.scores for video in predictions if video.label == 0]
        if not normal:
            raise ValueError(f'{path}: none of its {len(predictions)} videos is normal')
        return NormalScores(normal, [fps] * len(normal), len(normal), len(predictions), 'bags')
    results = read_results(path)
    videos, model = results['videos'], results['model']
    normal = [
        video
        for video in videos
        if video['error'] is None and (all_normal or video['ground_truth'] == [])
    ]
    if not normal:
        raise ValueError(
            f'{path}: none of its {len(videos)} videos is known to be normal; --all-normal says '
            'that all are, --annotations of tools/infer.py which are'
        )
    mode, bag_size = model.get('mode'), model.get('bag_size')
    _check_scoring(path, mode, bag_size)
    if unknown := [video['video'] for video in normal if not (fps or video['fps'])]:
        raise ValueError(f'{path}: the frame rate of {unknown[0]} is not known; --fps says it')
    parts = [
        (part, fps or video['fps'])
        for video in normal
        for part in np.split(
            np.array(video['scores'], np.float32), [gap['segment'] for gap in video['gaps']]
        )
        if len(part)
    ]
    return NormalScores(
        [part for part, _ in parts],
        [rate for _, rate in parts],
        len(normal),
        len(videos),
        mode,
        bag_size,
        model.get('weights_sha256'),
    )


def calibrate_threshold(
    normal_scores: Sequence[np.ndarray],
    fps: float | Sequence[float],
    false_alarms_per_hour: float,
    low_ratio: float = 1.0,
    min_segments: int = 1,
    merge_gap: int = 0,
) -> Calibration:
    """Choose the lowest threshold from which on upwards false alarms stay within a rate.

    The number of events is not monotonic in the threshold: a low one joins many peaks to one long
    event (at 0 every video is a single event), and with a merge gap a peak that drops out may part
    two others. So the lowest threshold that meets the rate would be one that always alarms. Taken
    is the lowest one that meets the rate *as does every higher one*, exactly: events change only
    where the threshold passes a score, or its `low_ratio` part does, and all these are tried.

    Worked example: an hour of video in five segments has the scores below. At 0.9 there is one
    event, at 0.6 two, at 0.3 three, at 0.1 a single one. At most two an hour is met from 0.6 on
    upwards.

    Args:
        normal_scores: (S,) segment scores of each normal video.
        fps: Frames a second, of all videos or of each.
        false_alarms_per_hour: Rate that is not to be exceeded, at least 0.
        low_ratio: See `EventRule`.
        min_segments: See `EventRule`.
        merge_gap: See `EventRule`.

    Returns:
        The rule and what it gives on these videos.

    Raises:
        ValueError: There is no video, a score, setting, frame rate or wish is out of range, the
            wish is never exceeded (then the videos say nothing about the threshold), or even a
            threshold of 1 exceeds it.

    Example:
        >>> scores = [0.9, 0.1, 0.6, 0.1, 0.3]
        >>> fps = 5 * SEGMENT_FRAMES / 3600  # one hour
        >>> found = calibrate_threshold([scores], fps, false_alarms_per_hour=2)
        >>> found.rule.threshold, found.false_alarms_per_hour, found.alarm_time_share
        (0.6, 2.0, 0.4)
    """
    rates = [fps] * len(normal_scores) if not isinstance(fps, Sequence) else list(fps)
    for rate in rates or [fps]:
        check_fps(rate)
        if rate is None:
            raise ValueError('fps must be a positive number, got None')
    if not 0 <= false_alarms_per_hour < math.inf:
        raise ValueError(f'false_alarms_per_hour must be >= 0, got {false_alarms_per_hour!r}')
    if not normal_scores:
        raise ValueError('no normal video to choose a threshold from')
    rule = EventRule(1.0, low_ratio, min_segments, merge_gap)
    joined = _join([check_scores(scores) for scores in normal_scores], merge_gap)
    num_segments = sum(map(len, normal_scores))
    seconds = [
        len(scores) * SEGMENT_FRAMES / rate
        for scores, rate in zip(normal_scores, rates, strict=True)
    ]
    hours = sum(seconds) / 3600
    allowed = false_alarms_per_hour * hours * (1 + 1e-12)  # 0.1 * 10 hours is one event

    threshold = _lowest_threshold(joined, rule, allowed)
    rule = EventRule(threshold, low_ratio, min_segments, merge_gap)
    runs = cut_runs(joined, rule)
    return Calibration(
        rule=rule,
        wished_false_alarms_per_hour=float(false_alarms_per_hour),
        false_alarms_per_hour=len(runs) / hours,
        alarm_time_share=float((runs[:, 1] - runs[:, 0]).sum() / num_segments),
        normal_hours=hours,
        num_videos=len(normal_scores),
    )


def _join(videos: list[np.ndarray], merge_gap: int) -> np.ndarray:
    """Lay videos end to end, so far apart that no event reaches from one into the next."""
    pause = np.full(merge_gap + 1, -1, np.float32)
    return np.concatenate([part for scores in videos for part in (scores, pause)])


def _lowest_threshold(joined: np.ndarray, rule: EventRule, allowed: float) -> float:
    """Go down from 1 until the rate is exceeded, and give the last threshold before."""
    chosen = None
    for candidate in candidate_thresholds(joined[joined >= 0], rule.low_ratio)[::-1]:
        threshold = shortest_float(candidate)
        lower = EventRule(threshold, rule.low_ratio, rule.min_segments, rule.merge_gap)
        if len(cut_runs(joined, lower)) > allowed:
            break
        chosen = threshold
    else:
        raise ValueError(
            'the wished rate is never exceeded, so these normal videos do not determine a '
            f'threshold: even at {chosen}, their lowest score, they give no more; wish for fewer '
            'false alarms or take more normal video'
        )
    if chosen is None:
        raise ValueError(
            'no threshold meets the wish: normal segments score 1.0, so even a threshold of 1 '
            'gives more false alarms'
        )
    return chosen


def candidate_thresholds(scores: np.ndarray, low_ratio: float) -> np.ndarray:
    """Give every threshold at which the events of these scores may change.

    Between two neighbours nothing changes: the events of all thresholds above one candidate up to
    and including the next are those of the next.

    Args:
        scores: (S,) float32 in [0, 1].
        low_ratio: In (0, 1].

    Returns:
        (C,) float32, ascending: the scores, the largest thresholds whose low threshold does not
        pass a score, the next number above the highest score (no event there), and 1.

    Example:
        >>> candidate_thresholds(np.array([0.25, 0.5], np.float32), low_ratio=0.5).tolist()
        [0.25, 0.5, 0.5000000596046448, 1.0]
    """
    scores = np.unique(scores).astype(np.float32)
    low = np.minimum(scores.astype(np.float64) / low_ratio, 1).astype(np.float32)
    # exactly: the largest float32 t with float32(t * ratio) <= score
    while (above := _low_threshold(low, low_ratio) > scores).any():
        low[above] = np.nextafter(low[above], np.float32(0))
    up = np.nextafter(low, np.float32(2))
    while (more := (_low_threshold(up, low_ratio) <= scores) & (up <= 1)).any():
        low[more] = up[more]
        up = np.nextafter(low, np.float32(2))
    beyond = np.nextafter(scores[-1:], np.float32(2))
    candidates = np.concatenate([scores, low, beyond, np.ones(1, np.float32)])
    return np.unique(candidates[candidates <= 1])


def _low_threshold(thresholds: np.ndarray, low_ratio: float) -> np.ndarray:
    """Do what `EventRule.low_threshold` does, for many thresholds."""
    return (thresholds.astype(np.float64) * low_ratio).astype(np.float32)


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
        calibration: What `calibrate_threshold` found.
        out: JSON file; None takes `threshold_path`.

    Returns:
        The file.

    Raises:
        FileNotFoundError: There is no such checkpoint.
    """
    content = {
        'version': VERSION,
        **asdict(calibration),
        'rule': calibration.rule.to_dict(),
        'checkpoint': Path(checkpoint).name,
        'checkpoint_sha256': file_sha256(checkpoint),
    }
    out = threshold_path(checkpoint) if out is None else Path(out)
    with atomic_path(out) as draft:
        draft.write_text(json.dumps(content, indent=2) + '\n', encoding='utf-8')
    return out


def read_calibration(checkpoint: str | Path, path: str | Path | None = None) -> Calibration:
    """Read the calibration of a checkpoint.

    Args:
        checkpoint: The detector's checkpoint.
        path: JSON that `write_calibration` wrote; None takes `threshold_path`.

    Returns:
        The calibration.

    Raises:
        FileNotFoundError: There is no such file or checkpoint.
        ValueError: It is malformed or was made for another checkpoint; the text names the file.
    """
    path = threshold_path(checkpoint) if path is None else Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f'no calibrated threshold at {path}; tools/calibrate.py makes it from normal videos'
        )
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:  # malformed JSON or UTF-8
        raise ValueError(f'{path}: not a JSON file: {error}') from error
    if not isinstance(content, dict) or content.get('version') != VERSION:
        found = content.get('version') if isinstance(content, dict) else content
        raise ValueError(f'{path}: expected a threshold file of version {VERSION}, got {found!r}')
    if content.keys() != KEYS:
        raise ValueError(
            f'{path}: expected the keys {sorted(KEYS)}, differing are '
            f'{sorted(content.keys() ^ KEYS)}'
        )
    digest = file_sha256(checkpoint)
    if content['checkpoint_sha256'] != digest:
        raise ValueError(
            f'{path}: made for another checkpoint, {content["checkpoint"]!r} of SHA-256 '
            f'{content["checkpoint_sha256"]}; {checkpoint} has {digest}'
        )
    return _from_content(path, content)


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
        threshold of 0.5. The calibration that it comes from, if it does. And which of these it is.

    Raises:
        FileNotFoundError: There is no such threshold file.
        ValueError: Both are given, the threshold lies outside of [0, 1], or the file is malformed
            or another checkpoint's.

    Example:
        >>> choose_rule('best.pth')[2], choose_rule('best.pth', 0.8)[0].threshold
        ('default, not calibrated', 0.8)
    """
    if rule is not None and threshold_file is not None:
        raise ValueError(f'give a rule or a threshold file, got {rule!r} and {threshold_file}')
    if rule is not None:
        return (rule if isinstance(rule, EventRule) else EventRule(rule)), None, 'given'
    try:
        found = read_calibration(weights, threshold_file)
    except FileNotFoundError:
        if threshold_file is not None:
            raise
        return EventRule(), None, 'default, not calibrated'
    return found.rule, found, Path(threshold_file or threshold_path(weights)).name


def _from_content(path: Path, content: dict) -> Calibration:
    for name in KEYS - {'rule', 'mode', 'bag_size', 'checkpoint', 'checkpoint_sha256'}:
        value = content[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value:
            raise ValueError(f'{path}: {name} must be a number of at least 0, got {value!r}')
    try:
        rule = EventRule.from_dict(content['rule'])
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from error
    _check_scoring(path, content['mode'], content['bag_size'])
    names = Calibration.__dataclass_fields__.keys() - {'rule'}
    return Calibration(rule=rule, **{name: content[name] for name in names})


def _check_scoring(path: Path, mode: object, bag_size: object) -> None:
    if mode not in (None, *MODES):
        raise ValueError(f'{path}: mode must be null or one of {MODES}, got {mode!r}')
    if bag_size is not None and not (type(bag_size) is int and bag_size > 0):
        raise ValueError(f'{path}: bag_size must be null or a whole number, got {bag_size!r}')


def file_sha256(path: str | Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal.

    Args:
        path: The file.

    Returns:
        64 digits.

    Raises:
        FileNotFoundError: There is no such file.

    Example:
        >>> _ = Path('empty').write_bytes(b'')
        >>> file_sha256('empty')[:8]
        'e3b0c442'
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'checkpoint file not found: {path}')
    with Path(path).open('rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()
