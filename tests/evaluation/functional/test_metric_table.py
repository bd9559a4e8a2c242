from toy_videos import make_video

from mmvad.evaluation.functional import roc_auc
from mmvad.evaluation.functional.metric_table import MetricTable
from mmvad.evaluation.functional.runs import FrameRuns


def test_ranking_metrics_of_one_class_have_its_reason():
    table = MetricTable()
    table.rank({'AUC': roc_auc}, FrameRuns.join([make_video('a', [0.5])], 'segments'))
    assert table == MetricTable({}, {'AUC': 'no positive among 16 labels'})


def test_ranking_metrics_of_two_classes_are_numbers():
    table = MetricTable()
    runs = FrameRuns.join([make_video('a', [0.5, 0.9], 'B1', [(16, 32)])], 'segments')
    table.rank({'AUC': roc_auc, 'twice': lambda *ranking: 2 * roc_auc(*ranking)}, runs)
    assert table.values == {'AUC': 1.0, 'twice': 2.0}


def test_lines_have_the_last_digit_and_undefined_ones_come_last():
    table, other = MetricTable(), MetricTable()
    table.put('a', None, 'no video')
    other.put('b', 1 / 3)
    table.merge(other)
    assert table.lines() == ['b: 0.3333333333333333', 'a: undefined, because no video']
