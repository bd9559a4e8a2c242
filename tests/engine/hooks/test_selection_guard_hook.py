import pytest
from mmengine.runner import Runner
from toy_data import toy_config


def test_plain_runner_that_would_ignore_the_selection_is_stopped(toy_root, tmp_path):
    cfg = toy_config(toy_root, tmp_path)
    cfg.train_dataloader.dataset.subset = 'train'
    with pytest.raises(RuntimeError, match="selection 'held_out' was not applied"):
        Runner.from_cfg(cfg).train()
    assert not list(tmp_path.glob('*.pth'))
