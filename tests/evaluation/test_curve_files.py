import csv
import json
import math

import numpy as np
import pytest
from toy_videos import make_video, random_videos

from mmvad.evaluation.curve_files import write_curves
from mmvad.evaluation.functional.curves import pr_points, roc_points
from mmvad.evaluation.functional.runs import FrameRuns


def test_csv_and_json_hold_the_points_to_the_last_digit(tmp_path):
    runs = FrameRuns.join(random_videos(), 'segments')
    given = write_curves(tmp_path, runs)
    content = json.loads((tmp_path / 'curves.json').read_text())
    expected = (roc_points(*runs.ranking), pr_points(*runs.ranking))
    for name, found, points in zip(('roc', 'precision_recall'), given, expected, strict=True):
        assert (found == points).all()
        header, *rows = csv.reader((tmp_path / f'{name}.csv').open())
        assert (np.array(rows, float) == points).all()
        assert list(content[name]) == header
        for column, values in zip(content[name].values(), points.T, strict=True):
            assert [math.inf if x is None else x for x in column] == values.tolist()


def test_one_class_has_no_curve(tmp_path):
    with pytest.raises(ValueError, match='ROC curve is undefined: no positive'):
        write_curves(tmp_path / 'out', FrameRuns.join([make_video('a', [0.1])], 'segments'))
    assert not (tmp_path / 'out').exists()
