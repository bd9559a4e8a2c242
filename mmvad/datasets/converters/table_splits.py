"""Which videos of a label table train, which are tested, and which calibrate the threshold."""

from collections.abc import Sequence
from dataclasses import replace

from mmvad.datasets.converters.label_table import Row

TEST_SHARE = 4  # a quarter is tested where the table does not say


def assign_splits(rows: Sequence[Row]) -> list[Row]:
    """Choose the splits where the table names none: a quarter of each category is for the test.

    These are the last ones in the order of their names, so that recordings with neighbouring names,
    often of one camera, are rarely on both sides. An anomalous video without events trains: the
    test needs to know when they are.

    Args:
        rows: With labels; each names a split, or none does.

    Returns:
        The rows with their splits.

    Raises:
        ValueError: Some rows name a split and others do not, or a split lacks a class.

    Example:
        >>> rows = [Row(f'line {i}', f'{i}.mp4', int(i > 3), events=((1, 2),) * (i > 3))
        ...         for i in range(8)]
        >>> [row.video for row in assign_splits(rows) if row.split == 'test']
        ['3.mp4', '7.mp4']
    """
    named = [row for row in rows if row.split]
    if named and len(named) < len(rows):
        row = next(row for row in rows if not row.split)
        raise ValueError(
            f'{row.place}: split is empty, but {named[0].place} names one; fill in all or none'
        )
    if not named:
        tested = _choose_tested(rows)
        rows = [replace(row, split='test' if row.video in tested else 'train') for row in rows]
    _check_classes(rows)
    return list(rows)


def calibration_rows(rows: Sequence[Row]) -> tuple[list[Row], bool]:
    """Choose the normal videos that the threshold is calibrated on.

    Args:
        rows: With splits.

    Returns:
        Those of split ``calibration``, and True; where there are none, the normal ones of the test,
        the only others that training does not see, and False.

    Example:
        >>> calibration_rows([Row('line 2', 'a.mp4', 0, split='test')])[1]
        False
    """
    own = [row for row in rows if row.split == 'calibration']
    return (own, True) if own else ([r for r in rows if r.split == 'test' and r.label == 0], False)


def _choose_tested(rows: Sequence[Row]) -> set[str]:
    """Choose of each category; of each label where that leaves no anomalous video for the test."""
    chosen = [row for group in _groups(rows, by_category=True) for row in _last_quarter(group)]
    if not any(row.label == 1 for row in chosen):
        chosen = [row for group in _groups(rows, by_category=False) for row in _last_quarter(group)]
    return {row.video for row in chosen}


def _groups(rows: Sequence[Row], by_category: bool) -> list[list[Row]]:
    groups: dict[tuple, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.video):
        groups.setdefault((row.label, by_category and row.category), []).append(row)
    return list(groups.values())


def _last_quarter(group: Sequence[Row]) -> list[Row]:
    able = [row for row in group if row.label == 0 or row.events]
    count = min(len(able), max(1, len(group) // TEST_SHARE)) if len(group) > 1 else 0
    return able[len(able) - count :]


def _check_classes(rows: Sequence[Row]) -> None:
    for split in ('train', 'test'):
        for label, name in ((0, 'normal'), (1, 'anomalous')):
            if split == 'test' and label == 0:
                continue  # frames outside of the events are normal too
            if not any(row.split == split and row.label == label for row in rows):
                place = rows[0].place.rpartition(', line')[0]
                more = ', with events' if split == 'test' else ''
                raise ValueError(
                    f'{place}: split {split} needs at least one {name} video{more}; '
                    f'it has none among {len(rows)} rows'
                )
