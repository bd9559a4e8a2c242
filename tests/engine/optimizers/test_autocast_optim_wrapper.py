import torch
from mmaction.registry import OPTIM_WRAPPERS, RUNNERS
from toy_data import toy_config


def cast_config(toy_root, work_dir, native, **options):
    """Give a config in mixed precision, on a processor with units for bfloat16 or without."""
    options['optim_wrapper.type'] = 'AutocastOptimWrapper'
    return toy_config(toy_root, work_dir, **{'optim_wrapper.native_bfloat16': native, **options})


def test_training_runs_in_bfloat16_with_weights_and_gradients_in_float32(toy_root, tmp_path):
    runner = RUNNERS.build(cast_config(toy_root, tmp_path, True, **{'train_cfg.max_epochs': 6}))
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
            native_bfloat16=True,
        )
    )
    with wrapper.optim_context(model):
        assert model(torch.zeros(1, 2)).dtype == torch.bfloat16
    assert model(torch.zeros(1, 2)).dtype == torch.float32


def test_without_units_training_stays_in_float32_and_says_so(toy_root, tmp_path, capsys):
    runner = RUNNERS.build(cast_config(toy_root, tmp_path / 'cast', False, console='brief'))
    seen = set()
    runner.model.head.fc1.register_forward_hook(
        lambda layer, inputs, output: seen.add(output.dtype)
    )
    runner.train()
    plain = RUNNERS.build(toy_config(toy_root, tmp_path / 'plain'))
    plain.train()
    assert seen == {torch.float32}
    for name, value in plain.model.state_dict().items():
        assert runner.model.state_dict()[name].equal(value)
    lines = [line for line in capsys.readouterr().out.splitlines() if 'bfloat16' in line]
    assert lines == [
        'warning: mixed precision: this processor has no units for bfloat16, in which it would be '
        'far slower than in float32; float32 is used'
    ]
