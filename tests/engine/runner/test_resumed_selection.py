"""A training is resumed under the selection that it began with."""

import pytest
import torch
from mmaction.registry import RUNNERS
from mmengine.config import Config
from toy_data import toy_config

from mmvad.engine.runner.resumed_selection import check_selection, recorded_selection


@pytest.fixture(scope='module')
def checkpoints(toy_root, tmp_path_factory):
    """One-epoch checkpoint of each selection."""
    found = {}
    for selection in ('held_out', 'test', 'last'):
        folder = tmp_path_factory.mktemp(selection)
        options = {'selection': selection, 'train_cfg.max_epochs': 1}
        RUNNERS.build(toy_config(toy_root, folder, **options)).train()
        found[selection] = str(folder / 'epoch_1.pth')
    return found


def resume(root, folder, checkpoint, **options):
    RUNNERS.build(toy_config(root, folder, resume=True, load_from=checkpoint, **options)).train()


@pytest.mark.parametrize(
    ('before', 'now'),
    [('last', 'held_out'), ('test', 'held_out'), ('held_out', 'last'), ('last', 'test')],
)
def test_another_selection_is_refused_and_both_are_named(
    toy_root, tmp_path, checkpoints, before, now
):
    message = (
        rf"epoch_1\.pth was trained under selection '{before}', this run has selection '{now}'"
    )
    with pytest.raises(ValueError, match=message) as caught:
        resume(toy_root, tmp_path, checkpoints[before], selection=now)
    assert '\n' not in str(caught.value)
    assert not list(tmp_path.glob('*.pth'))


@pytest.mark.parametrize('selection', ['held_out', 'test', 'last'])
def test_the_same_selection_goes_on(toy_root, tmp_path, checkpoints, selection):
    resume(toy_root, tmp_path, checkpoints[selection], selection=selection)
    assert (tmp_path / 'epoch_2.pth').exists()


def test_another_part_that_is_held_out_is_refused(toy_root, tmp_path, checkpoints):
    name = 'train_dataloader.dataset.held_out.seed'
    message = r"epoch_1\.pth was trained with held_out=\[{'fraction': 0.25, 'seed': 0}\], this run"
    with pytest.raises(ValueError, match=message):
        resume(toy_root, tmp_path, checkpoints['held_out'], **{name: 1})
    resume(toy_root, tmp_path, checkpoints['last'], selection='last', **{name: 1})


def test_a_training_from_before_too_few_were_held_out_says_why(toy_root, tmp_path, checkpoints):
    options = {'selections.held_out.min_videos_per_class': 5}
    message = r"'held_out', this run has selection 'last' because selection 'held_out' would hold"
    with pytest.raises(ValueError, match=message):
        resume(toy_root, tmp_path, checkpoints['held_out'], **options)


def test_weights_alone_may_come_from_any_selection(toy_root, tmp_path, checkpoints):
    cfg = toy_config(toy_root, tmp_path, load_from=checkpoints['last'])
    RUNNERS.build(cfg).train()
    assert (tmp_path / 'epoch_2.pth').exists()


def test_the_selection_is_read_from_the_checkpoint_by_either_name(checkpoints):
    for selection, path in checkpoints.items():
        assert recorded_selection(torch.load(path, weights_only=True)) == selection
    old = [f"protocol = '{name}'" for name in ('paper', 'held_out', 'last')]
    found = [recorded_selection(dict(meta=dict(cfg=text))) for text in old]
    assert found == ['test', 'held_out', 'last']


@pytest.mark.parametrize('meta', [None, dict(cfg=None), dict(cfg='selection = f()'), dict(cfg='(')])
def test_a_checkpoint_that_does_not_say_it_is_resumed(meta):
    assert recorded_selection(dict(meta=meta)) is None
    check_selection(Config(dict(selection='last')), dict(meta=meta), 'a.pth', None)
