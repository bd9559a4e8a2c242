import torch
from mmaction.registry import OPTIM_WRAPPERS, RUNNERS
from toy_data import toy_config


def test_training_runs_in_bfloat16_with_weights_and_gradients_in_float32(toy_root, tmp_path):
    options = {'optim_wrapper.type': 'AutocastOptimWrapper', 'train_cfg.max_epochs': 6}
    runner = RUNNERS.build(toy_config(toy_root, tmp_path, **options))
    seen = set()
    for layer in (runner.model.head.attention.hidden, runner.model.head.fc1):
        layer.register_forward_hook(lambda layer, inputs, output: seen.add(output.dtype))
    gradients = set()
    for parameter in runner.model.parameters():
        parameter.register_hook(lambda gradient: gradients.add(gradient.dtype))
    runner.train()
    assert seen == {torch.bfloat16}
    assert gradients == {torch.float32}
    assert {parameter.dtype for parameter in runner.model.parameters()} == {torch.float32}
    assert runner.test()['frame/AUC'] > 0.9


def test_context_ends_with_the_forward_pass():
    model = torch.nn.Linear(2, 2)
    wrapper = OPTIM_WRAPPERS.build(
        dict(
            type='AutocastOptimWrapper',
            optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        )
    )
    with wrapper.optim_context(model):
        assert model(torch.zeros(1, 2)).dtype == torch.bfloat16
    assert model(torch.zeros(1, 2)).dtype == torch.float32
