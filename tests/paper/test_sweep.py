import csv

import numpy as np
import pytest

from mmvad.paper.sweep import BAG_SIZE, Sweep, run_sweep, sweep_figure, sweep_table, write_sweep

SWEEP = Sweep((64, 128), (1, 3), np.array([[[80.0, 82], [83, 85]], [[70, 72], [np.nan, 60]]]), {})


def test_every_pair_is_run_with_every_seed(place):
    sweep = run_sweep('ucf', [64, 128], [1, 3], [0, 1], 'test', place)
    assert sweep.values.shape == (2, 2, 2) and (sweep.values == 75.0).all()
    folder = f'salient_ucf,model.head.attention_channels=128,model.head.bag_size={BAG_SIZE}'
    assert (place.root / f'{folder},model.head.num_hops=3' / 'test-seed1').is_dir()


def test_a_failed_run_leaves_its_pair_without_a_number():
    assert sweep_table(SWEEP, 'AUC').splitlines()[2:] == [
        '| d_a = 64 | 81.00 | 84.00 |',
        '| d_a = 128 | 71.00 | failed |',
    ]


def test_picture_circles_the_best_r_of_each_width():
    right = sweep_figure(SWEEP, 'AUC').axes[1]
    circled = [
        tuple(dots.get_offsets()[0]) for dots in right.collections if len(dots.get_offsets())
    ]
    assert (3.0, 84.0) in circled and (1.0, 71.0) in circled


def test_csv_has_one_line_a_run(tmp_path):
    path = write_sweep(SWEEP, 'AUC', [5, 6], tmp_path, 'figure4')[0]
    with path.open(newline='') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8 and rows[3] == {'d_a': '64', 'r': '3', 'seed': '6', 'AUC': '85.0'}
    assert rows[6]['AUC'] == '' and float(rows[7]['AUC']) == pytest.approx(60)
