import copy
import logging
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook
from torch.utils.data import ConcatDataset
from toy_data import toy_config, write_toy_dataset

from mmvad.engine.hooks import AttentionMapHook
from mmvad.engine.runner import build_runner
from mmvad.files import file_name_of
from mmvad.visualization.attention_map import attention_map

BILSTM = dict(type='BiLSTM', in_channels=16, hidden_channels=8)
LAST_SEGMENT = dict(_delete_=True, type='LastSegmentHead', in_channels=16)


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    return write_toy_dataset(tmp_path_factory.mktemp('toy'), num_train=8, num_test=2)


def make_runner(data, work_dir, hook=None, **options):
    cfg = toy_config(data, work_dir, **options)
    cfg.custom_hooks = [] if hook is None else [dict(type='AttentionMapHook', **hook)]
    return build_runner(cfg)


def training_set(runner):
    return runner.build_dataloader(runner._train_dataloader).dataset


@pytest.fixture(scope='module')
def videos(data, tmp_path_factory):
    runner = make_runner(data, tmp_path_factory.mktemp('probe'))
    return [entry['video'] for entry in training_set(runner).annotations[:2]]


def written(runner):
    return sorted(path.name for path in Path(runner.log_dir, 'vis_data', 'vis_image').iterdir())


class KeepStates(Hook):
    """Keeps the weights after each iteration."""

    def __init__(self):
        self.states = {}

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.states[runner.iter + 1] = copy.deepcopy(runner.model.state_dict())


def test_pictures_appear_at_the_iterations_and_the_best_checkpoint(data, videos, tmp_path):
    runner = make_runner(data, tmp_path, dict(videos=videos, iterations=[1, 3]))
    runner.train()
    names = [file_name_of(video) for video in videos]
    best = torch.load(runner.message_hub.get_info('best_ckpt'))['meta']['iter']
    assert best in {runner.max_iters // 2, runner.max_iters}
    expected = [f'attention_{name}_{step}.png' for name in names for step in (1, 3)]
    expected += [f'attention_{name}_best_{best}.png' for name in names]
    assert written(runner) == sorted(expected)


def test_looking_changes_neither_weights_nor_random_numbers(data, videos, tmp_path):
    states, random_states = [], []
    for index, hook in enumerate((None, dict(videos=videos, iterations=[1, 2, 3]))):
        runner = make_runner(data, tmp_path / str(index), hook)
        runner.train()
        states.append(copy.deepcopy(runner.model.state_dict()))
        random_states.append((torch.get_rng_state(), np.random.get_state()[1]))
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name
    assert torch.equal(random_states[0][0], random_states[1][0])
    assert (random_states[0][1] == random_states[1][1]).all()


def test_maps_are_those_of_the_saved_weights_without_dropout(data, videos, tmp_path):
    maps, steps = {}, 3

    def draw_and_note(attention, title):
        maps[title] = attention
        return attention_map(attention, title)

    runner, keep = make_runner(data, tmp_path), KeepStates()
    runner.register_hook(AttentionMapHook(videos, [steps], crop=1, draw=draw_and_note))
    runner.register_hook(keep)
    runner.train()
    dataset = runner.train_dataloader.dataset
    bags = torch.stack([dataset[2 * index + 1]['inputs'] for index in range(len(videos))])
    best = torch.load(runner.message_hub.get_info('best_ckpt'))
    looks = {'': (steps, keep.states[steps]), ' (best)': (best['meta']['iter'], best['state_dict'])}
    assert len(maps) == len(looks) * len(videos)
    for suffix, (iteration, state) in looks.items():
        runner.model.load_state_dict(state)
        with torch.no_grad():
            expected = runner.model.eval().score_with_attention(bags)[1]  # (V, R, T)
        for video, attention in zip(videos, expected, strict=True):
            drawn = maps[f'{video}, iteration {iteration}{suffix}']
            np.testing.assert_allclose(drawn, attention, atol=1e-6)
            np.testing.assert_allclose(drawn.sum(-1), 1, atol=1e-5)


def test_it_works_behind_a_bilstm(data, videos, tmp_path):
    runner = make_runner(
        data, tmp_path, dict(videos=videos[:1], iterations=[2]), **{'model.neck': BILSTM}
    )
    runner.train()
    assert len(written(runner)) == 2


def test_run_without_selection_shows_its_last_weights(data, videos, tmp_path):
    hook = dict(videos=videos[:1], iterations=[])
    runner = make_runner(data, tmp_path, hook, selection='last')
    runner.train()
    assert runner.model.training
    assert written(runner) == [
        f'attention_{file_name_of(videos[0])}_last_{runner.max_iters}.png',
    ]


def test_best_can_be_switched_off(data, videos, tmp_path):
    runner = make_runner(data, tmp_path, dict(videos=videos[:1], iterations=[1], at_best=False))
    runner.train()
    assert written(runner) == [f'attention_{file_name_of(videos[0])}_1.png']


def test_iterations_behind_the_end_are_said_before_training(data, videos, tmp_path):
    runner = make_runner(data, tmp_path, dict(videos=videos, iterations=[1, 5000]))
    warnings = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: warnings.append(record.getMessage())
    runner.logger.addHandler(handler)
    runner.train()
    assert sum(r'there will be no map at [5000]' in text for text in warnings) == 1


def refused(runner):
    """Train, and make sure that nothing was trained before the error came."""
    try:
        runner.train()
    finally:
        assert runner.iter == 0


def test_unknown_video_is_refused_before_training_and_similar_names_are_told(
    data, videos, tmp_path
):
    runner = make_runner(data, tmp_path, dict(videos=[videos[0], videos[1] + 'x']))
    pattern = rf"'{videos[1]}x' is not among the \d+ videos .*did you mean .*'{videos[1]}'"
    with pytest.raises(ValueError, match=pattern):
        refused(runner)


def test_held_out_video_is_refused(data, tmp_path):
    probe = make_runner(data, tmp_path / 'probe')
    held_out = probe.build_dataloader(probe._val_dataloader).dataset.annotations[0]['video']
    runner = make_runner(data, tmp_path / 'run', dict(videos=[held_out]))
    with pytest.raises(ValueError, match='held-out ones are not'):
        refused(runner)


def test_head_without_attention_is_refused_before_training(data, videos, tmp_path):
    hook = dict(videos=videos)
    options = {'model.neck': BILSTM, 'model.head': LAST_SEGMENT}
    runner = make_runner(data, tmp_path, hook, **options)
    with pytest.raises(ValueError, match='needs a head with attention, LastSegmentHead has none'):
        refused(runner)


def test_crop_that_is_not_there_is_refused_before_training(data, videos, tmp_path):
    runner = make_runner(data, tmp_path, dict(videos=videos, crop=2))
    with pytest.raises(ValueError, match='crop must be from 0 to 1, got 2'):
        refused(runner)


def test_wrapped_data_set_is_refused_before_training(data, videos, tmp_path):
    runner = make_runner(data, tmp_path)
    loader = SimpleNamespace(dataset=ConcatDataset([training_set(runner)]))
    fake = SimpleNamespace(model=runner.model, train_dataloader=loader)
    with pytest.raises(
        TypeError, match='needs a VideoFeatureDataset or several joined, got ConcatDataset'
    ):
        AttentionMapHook(videos=videos).before_train(fake)


@pytest.mark.parametrize('videos', [[], 'Abuse/Abuse001_x264'])
def test_videos_are_a_list_with_something_in_it(videos):
    with pytest.raises(ValueError, match='videos must be a list of one or more names'):
        AttentionMapHook(videos=videos)


def test_iterations_count_from_one():
    with pytest.raises(ValueError, match=r'iterations count from 1, got \[0, 5\]'):
        AttentionMapHook(videos=['a'], iterations=[0, 5])
