from types import SimpleNamespace

import pytest
import torch

from mmvad.engine.hooks import ResumeValidationHook


def validated(epoch, interval=1, begin=1, last=10, has_loop=True):
    """Say whether a training that is resumed at an epoch is validated first."""
    done = []
    runner = SimpleNamespace(
        epoch=epoch,
        train_loop=SimpleNamespace(val_begin=begin, val_interval=interval, max_epochs=last),
        val_loop=SimpleNamespace(run=lambda: done.append(torch.rand(1))) if has_loop else None,
    )
    before = torch.get_rng_state()
    ResumeValidationHook().before_train(runner)
    assert torch.get_rng_state().equal(before)
    return bool(done)


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        (dict(epoch=3), True),
        (dict(epoch=3, has_loop=False), False),
        (dict(epoch=0), False),
        (dict(epoch=3, begin=4), False),
        (dict(epoch=3, interval=2), False),
        (dict(epoch=4, interval=2), True),
        (dict(epoch=9, interval=2, last=9), True),
    ],
)
def test_a_resumed_training_validates_what_the_killed_one_would_have(options, expected):
    assert validated(**options) is expected
