from mmvad.cli.results_table import results_table


def test_categories_stand_below_their_metric_with_four_digits():
    metrics = {'frame/AUC': 0.97451, 'frame/AP': 1, 'frame/AUC/Fire': 0.98, 'video/AUC': 0.5}
    assert results_table(metrics).splitlines() == [
        'frame/AUC  0.9745',
        '  Fire     0.9800',
        'frame/AP   1.0000',
        'video/AUC  0.5000',
    ]


def test_what_is_no_number_stands_as_it_is():
    assert results_table({'top1': 'undefined'}) == 'top1  undefined'
    assert results_table({}) == ''
