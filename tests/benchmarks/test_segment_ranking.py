import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from segment_ranking import main
from toy_data import CONFIGS


@pytest.fixture
def flags(toy_root, tmp_path):
    flags = ['--data-root', toy_root, '--features', 'features', '--pattern', '{name}.npy']
    flags += ['--crops', 2, '--channels', 16, '--train-annotations', 'train.json']
    flags += ['--test-annotations', 'test.json', '--bag-sizes', 2, 4, '--gammas', 1]
    flags += ['--replicas', 20, '--report', tmp_path / 'report.md']
    return list(map(str, flags))


def test_training_choice_claim_and_grid_of_a_feature_set(flags, tmp_path, capsys):
    figure = tmp_path / 'figure.png'
    main([*flags, '--seeds', '2', '--epochs', '1', '--figure', str(figure)])
    text = (tmp_path / 'report.md').read_text()
    assert text in capsys.readouterr().out
    assert 'Chosen on held-out training videos by their AUC: l = ' in text
    assert 'trained here, 2 seeds' in text and '* Test: 12 videos' in text
    for measure in ('AUC', 'AP', 'within'):
        assert f'| {measure}, l = | 2 | 4 | video |' in text
    lines = text.splitlines()
    grid = lines[lines.index('| within, l = | 2 | 4 | video |') :]
    cells = {line.split(' | ')[0]: line.strip(' |').split(' | ')[1:] for line in grid[2:4]}
    assert list(cells) == ['| γ = 0', '| γ = 1']
    assert cells['| γ = 0'][-1] == '0.500' and float(cells['| γ = 1'][-1]) > 0.6
    assert figure.read_bytes().startswith(b'\x89PNG')


def test_given_weights_are_compared_at_the_bag_size_of_their_config(flags, tmp_path):
    cfg = Config.fromfile(CONFIGS / 'salient_ped2.py')
    cfg.model.head.in_channels = 16
    torch.manual_seed(0)
    state_dict = MODELS.build(cfg.model).state_dict()
    torch.save(dict(state_dict=state_dict), tmp_path / 'best.pth')
    main([*flags, '--weights', str(tmp_path / 'best.pth')])
    text = (tmp_path / 'report.md').read_text()
    assert 'weights: best.pth, SHA-256 ' in text
    assert 'Given weights: nothing was held out. γ = 1 and γ = 0 at the l of the config' in text
    assert '| l = 2, γ = 1 |' in text and '| l = 2, γ = 0 |' in text
