from dataclasses import replace

import pytest
from toy_data import dump_config, miscount_crops, toy_config

from mmvad.paper.make import Request, make, plan, write_plan
from mmvad.paper.trainings import Place


@pytest.fixture
def request_of(place, tmp_path):
    """Make a request to the stand-in."""

    def build(target, **settings):
        base = Request(target, tmp_path / 'out', place, [0, 1], ['test'])
        return replace(base, **settings)

    return build


def test_a_table_trains_the_systems_that_are_chosen(request_of):
    made = make(request_of('table3', systems=['salient_ucf']))
    assert [path.name for path in made.files] == ['table3.csv', 'table3.md', 'table3.png']
    assert '| Salient (d_a 64, r 3) | I3D RGB | 84.74 | 75.00 ± 0.00 (2) | – |' in made.text
    assert made.failed == {}


def test_the_plan_lists_each_run_once(request_of):
    request = request_of('table2', data='xd')
    assert len(plan(request)) == 6
    assert len(write_plan(request).read_text().splitlines()) == 6


def test_a_system_that_a_table_does_not_have_is_refused(request_of):
    with pytest.raises(
        ValueError, match=r"table4 has no system 'salient_ucf'; it has .*salient_sh"
    ):
        plan(request_of('table4', systems=['salient_ucf']))


def test_categories_are_compared_between_systems(request_of):
    made = make(request_of('figure3', systems=['salient_ucf', 'bilstm_ucf']))
    assert made.text.splitlines()[0] == 'salient_ucf: Fire 75.0'
    assert [path.name for path in made.files] == ['figure3.csv', 'figure3.md', 'figure3.png']


def test_a_figure_without_any_finished_run_says_why(request_of, failing):
    with pytest.raises(ValueError, match=r'every run failed: status 1: .* data are not there'):
        make(request_of('figure3', systems=['sultani_ucf'], place=failing))


def test_sweeps_and_curves_are_drawn(request_of):
    made = make(request_of('figure4', widths=[64], hops=[1, 3]))
    assert '| d_a = 64 | 75.00 | 75.00 |' in made.text
    made = make(request_of('figure7', videos=['f', 'n']))
    assert [path.name for path in made.files] == ['figure7_f.png', 'figure7_n.png']


def test_bag_sizes_of_a_trained_detector(toy_root, tmp_path):
    cfg = toy_config(toy_root, tmp_path / 'work')
    options = {'train_cfg.max_epochs': 2, **miscount_crops(cfg)}
    config = str(dump_config(cfg, tmp_path / 'toy.py'))
    request = Request(
        'figure6',
        tmp_path / 'out',
        Place(tmp_path / 'runs', toy_root, options),
        [0],
        ['last'],
        systems=[config],
        bag_sizes=[1, 4],
    )
    made = make(request)
    assert len((tmp_path / 'out' / 'figure6.csv').read_text().splitlines()) == 5  # γ = 0 and 1
    assert [line.split(': ')[0].split(', ')[1] for line in made.text.splitlines()] == [
        'γ = 0',
        'γ = 1',
    ]
    assert 'best l' in made.text
