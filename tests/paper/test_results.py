import csv

import numpy as np
import pytest

from mmvad.paper.results import (
    Result,
    describe_seeds,
    markdown_table,
    results_figure,
    write_results,
)

RESULTS = [
    Result({'system': 'Old'}, 50.6),
    Result(
        {'system': 'New'},
        80.0,
        {'test': [81.0, 83.0], 'held_out': [79.0]},
        {'test': [60.0, 62.0], 'held_out': [np.nan]},
    ),
    Result({'system': 'Broken'}, None, {'test': []}, {'test': []}, 'no data'),
]


def test_seeds_are_given_with_the_deviation_of_a_sample():
    assert describe_seeds([81.0, 83.0]) == '82.00 ± 1.41 (2)'


def test_table_has_a_column_for_published_and_two_for_each_selection():
    lines = markdown_table(RESULTS, 'AUC').splitlines()
    names = ['held_out AUC', 'held_out macro within', 'test AUC', 'test macro within']
    assert lines[0] == f'| system | published AUC | {" | ".join(names)} |'
    assert lines[2] == '| Old | 50.60 | – | – | – | – |'
    assert lines[3] == '| New | 80.00 | 79.00 | – | 82.00 ± 1.41 (2) | 61.00 ± 1.41 (2) |'
    assert lines[-1] == 'Broken: no data'


def test_csv_has_one_line_a_run(tmp_path):
    paths = write_results(RESULTS, 'AUC', 'Table 3', tmp_path, 'table3')
    assert [path.name for path in paths] == ['table3.csv', 'table3.md', 'table3.png']
    with paths[0].open(newline='') as file:
        rows = list(csv.DictReader(file))
    columns = ('system', 'selection', 'AUC', 'macro_within')
    assert [tuple(row[column] for column in columns) for row in rows] == [
        ('Old', '', '', ''),
        ('New', 'test', '81.0', '60.0'),
        ('New', 'test', '83.0', '62.0'),
        ('New', 'held_out', '79.0', ''),
        ('Broken', '', '', ''),
    ]
    assert rows[-1]['note'] == 'no data'


def test_picture_shows_every_run_and_every_published_number():
    axes = results_figure(RESULTS, 'AUC', 'Table 3').axes[0]
    points = [tuple(point) for dots in axes.collections for point in dots.get_offsets()]
    shown = sorted(float(x) for x, _ in points)
    assert shown == pytest.approx([50.6, 79, 79, 80, 81, 82, 83])
    assert [label.get_text() for label in axes.get_yticklabels()] == ['Old', 'New', 'Broken']
