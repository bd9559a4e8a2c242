import pytest

from mmvad.config_files import find_config
from mmvad.paper.published import ABLATION, COMPARISON, PARAMETERS, REORDER, metric_of

ROWS = [
    *REORDER,
    *PARAMETERS,
    *(row for table in (ABLATION, COMPARISON) for rows in table.values() for row in rows),
]


@pytest.mark.parametrize('config', sorted({row.config for row in ROWS if row.config}))
def test_every_system_that_is_trained_has_its_config(config):
    assert find_config(config).is_file()


def test_published_bests_are_those_that_the_paper_prints_bold():
    best = {
        data: max(row.value for row in rows if row.value)
        for data, rows in COMPARISON.items()
        if data != 'ped2'
    }
    assert best == dict(ucf=84.91, shanghaitech=97.21, xd=82.89)
    assert [row.value for row in ABLATION['xd']] == [75.92, 75.46, 82.89]


def test_xd_violence_is_judged_by_ap():
    assert [metric_of(data) for data in ABLATION] == ['AUC', 'AUC', 'AP', 'AUC']


def test_ped2_has_no_published_numbers():
    assert {row.value for row in (*ABLATION['ped2'], *COMPARISON['ped2'])} == {None}
