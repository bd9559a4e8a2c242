"""VGGish against plain functional layers, its post-processing against worked numbers."""

import pytest
import torch
import torch.nn.functional as F

from mmvad.models.backbones import VGGish
from mmvad.models.backbones.vggish import PcaQuantizer


@pytest.fixture(scope='module')
def network():
    torch.manual_seed(0)
    network = VGGish()
    network.init_weights()
    return network.eval()


@torch.inference_mode()
def test_embeddings_are_those_of_plain_layers(network):
    log_mels = torch.randn(2, 96, 64, generator=torch.Generator().manual_seed(1))
    weights = network.state_dict()
    x = log_mels[:, None]
    for index, pooled in ((0, 1), (3, 1), (6, 0), (8, 1), (11, 0), (13, 1)):
        name = f'features.{index}'
        x = F.relu(F.conv2d(x, weights[f'{name}.weight'], weights[f'{name}.bias'], padding=1))
        x = F.max_pool2d(x, 2) if pooled else x
    # TensorFlow flattens (height, width, channel).
    x = torch.stack([x[:, :, i, j] for i in range(6) for j in range(4)], 1).reshape(2, 12288)
    for index in (0, 2, 4):
        name = f'embeddings.{index}'
        x = F.relu(x @ weights[f'{name}.weight'].T + weights[f'{name}.bias'])
    found = network(log_mels)
    assert found.shape == (2, 128)
    assert found.std() > 0.01
    torch.testing.assert_close(found, x, rtol=1e-4, atol=1e-4)


def test_layers_have_the_published_names_and_sizes(network):
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    weights = {name: shape for name, shape in shapes.items() if name.endswith('weight')}
    assert weights == {
        'features.0.weight': (64, 1, 3, 3),
        'features.3.weight': (128, 64, 3, 3),
        'features.6.weight': (256, 128, 3, 3),
        'features.8.weight': (256, 256, 3, 3),
        'features.11.weight': (512, 256, 3, 3),
        'features.13.weight': (512, 512, 3, 3),
        'embeddings.0.weight': (4096, 12288),
        'embeddings.2.weight': (4096, 4096),
        'embeddings.4.weight': (128, 4096),
    }
    assert sum(torch.Size(shape).numel() for shape in shapes.values()) == 72141184


def test_without_the_final_relu_embeddings_may_be_negative(network):
    plain = VGGish(final_relu=False)
    plain.load_state_dict(network.state_dict())
    with torch.inference_mode():
        log_mels = torch.randn(1, 96, 64, generator=torch.Generator().manual_seed(1))
        raw = plain(log_mels)
        assert raw.min() < 0
        assert torch.equal(raw.relu(), network(log_mels))


def test_other_windows_are_refused(network):
    with pytest.raises(ValueError, match=r'shape \(N, 96, 64\), got \(1, 1, 96, 64\)'):
        network(torch.zeros(1, 1, 96, 64))


def test_components_are_clipped_and_cut_to_8_bits():
    # (x + 2) · 255 / 4: -3 is clipped to 0, 0 gives 127.5, 1 gives 191.25, 2.5 is clipped to 255.
    quantizer = PcaQuantizer()
    embeddings = torch.zeros(1, 128)
    embeddings[0, :4] = torch.tensor([-3.0, 0.0, 1.0, 2.5])
    assert quantizer(embeddings)[0, :4].tolist() == [0.0, 127.0, 191.0, 255.0]


def test_components_are_rows_of_the_matrix_after_the_mean():
    quantizer = PcaQuantizer()
    quantizer.pca_eigen_vectors[0] = 0.0
    quantizer.pca_eigen_vectors[0, 1] = 2.0
    quantizer.pca_means[1] = 0.5
    embeddings = torch.zeros(1, 128)
    embeddings[0, 1] = 1.0  # component 0: 2 · (1 - 0.5) = 1
    assert quantizer(embeddings)[0, :2].tolist() == [191.0, 159.0]
