"""Which videos train and which are tested, where a table does not say."""

import pytest

from mmvad.datasets.converters.label_table import Row
from mmvad.datasets.converters.table_splits import assign_splits, calibration_rows


def rows_of(*groups):
    """Make rows of (first letter, number, label, category, whether there are events)."""
    return [
        Row(f't.csv, line {i}', f'{letter}{i:02d}.mp4', label, category, '', ((1, 2),) * events)
        for letter, number, label, category, events in groups
        for i in range(number)
    ]


def videos_tested(rows):
    return [row.video for row in assign_splits(rows) if row.split == 'test']


def test_the_last_quarter_of_each_category_is_tested():
    rows = rows_of(('n', 8, 0, '', 0), ('a', 4, 1, 'Fight', 1), ('b', 5, 1, 'Fire', 1))
    assert videos_tested(rows) == ['n06.mp4', 'n07.mp4', 'a03.mp4', 'b04.mp4']


def test_anomalous_videos_without_events_train():
    rows = rows_of(('a', 2, 1, '', 1), ('b', 6, 1, '', 0), ('n', 2, 0, '', 0))
    assert videos_tested(rows) == ['a00.mp4', 'a01.mp4', 'n01.mp4']  # two of eight


def test_categories_of_one_video_are_taken_together():
    rows = rows_of(('a', 1, 1, 'Fight', 1), ('b', 1, 1, 'Fire', 1), ('n', 2, 0, '', 0))
    assert videos_tested(rows) == ['b00.mp4', 'n01.mp4']


def test_named_splits_stay():
    rows = [
        Row('line 2', 'a', 0, '', 'train'),
        Row('line 3', 'b', 1, '', 'train'),
        Row('line 4', 'c', 1, '', 'test', ((1, 2),)),
        Row('line 5', 'd', 0, '', 'calibration'),
    ]
    assert assign_splits(rows) == rows
    assert calibration_rows(rows) == ([rows[3]], True)
    assert calibration_rows(rows[:3]) == ([], False)


@pytest.mark.parametrize(
    ('rows', 'message'),
    [
        (
            [Row('line 2', 'a', 0, '', 'train'), Row('line 3', 'b', 1)],
            'line 3: split is empty, but line 2 names one',
        ),
        (rows_of(('n', 3, 0, '', 0)), 't.csv: split train needs at least one anomalous video'),
        (rows_of(('a', 3, 1, '', 1)), 't.csv: split train needs at least one normal video'),
        (
            rows_of(('n', 3, 0, '', 0), ('a', 3, 1, '', 0)),
            't.csv: split test needs at least one anomalous video, with events',
        ),
    ],
)
def test_splits_that_lack_a_class_are_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        assign_splits(rows)
