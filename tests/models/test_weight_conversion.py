"""Released names to ours; what does not fit its kind is named."""

import pytest
import torch

from mmvad.checkpoints import read_state_dict
from mmvad.models.backbones import InceptionI3d, ResNet3dNonLocalPort, VGGish
from mmvad.models.weight_conversion import convert


def salient(channels=8, attention=4, hops=3, hidden=5):
    shapes = {
        'self_anttention.0.weight': (attention, channels),
        'self_anttention.0.bias': (attention,),
        'self_anttention.2.weight': (hops, attention),
        'self_anttention.2.bias': (hops,),
        'fc1.weight': (hidden, channels * hops),
        'fc1.bias': (hidden,),
        'fc2.weight': (1, hidden),
        'fc2.bias': (1,),
    }
    return {name: torch.randn(shape) for name, shape in shapes.items()}


def meta_state_dict(network, **options):
    with torch.device('meta'):
        return network(**options).state_dict()


def port():
    """Names of the port, from ours by the rule of torchvision's ResNets."""
    renamed = {}
    for name, value in meta_state_dict(ResNet3dNonLocalPort).items():
        parts = name.split('.')
        if parts[0] == 'conv1':
            parts = ['conv1' if parts[1] == 'conv' else 'bn1', parts[2]]
        elif parts[2] == 'downsample':
            parts[3] = '0' if parts[3] == 'conv' else '1'
        else:
            number = parts[2][-1]
            parts = [*parts[:2], f'conv{number}' if parts[3] == 'conv' else f'bn{number}', parts[4]]
        renamed['.'.join(parts)] = value
    return renamed | {'fc.weight': torch.zeros(400, 2048), 'fc.bias': torch.zeros(400)}


def test_salient_layers_get_the_names_of_the_head():
    released = salient()
    converted = convert(released, 'salient')
    assert {name: tuple(value.shape) for name, value in converted.items()} == {
        'head.attention.hidden.weight': (4, 8),
        'head.attention.hidden.bias': (4,),
        'head.attention.hops.weight': (3, 4),
        'head.attention.hops.bias': (3,),
        'head.fc1.weight': (5, 24),
        'head.fc1.bias': (5,),
        'head.fc2.weight': (1, 5),
        'head.fc2.bias': (1,),
    }
    assert torch.equal(
        converted['head.attention.hops.weight'], released['self_anttention.2.weight']
    )


def test_the_released_detector_converts(shared_data):
    path = shared_data / 'weights' / 'salient_ucf_da64_r3_released.pth'
    converted = convert(read_state_dict(path), 'salient')
    assert converted['head.attention.hidden.weight'].shape == (64, 2048)


def test_every_tensor_of_the_port_is_renamed_and_its_classifier_dropped():
    released = port()
    assert 'layer3.5.bn2.running_var' in released and 'layer1.0.downsample.0.weight' in released
    converted = convert(released, 'i3d_r50_port')
    assert set(converted) == set(meta_state_dict(ResNet3dNonLocalPort))


def test_batch_counters_of_the_port_may_be_missing():
    released = {n: v for n, v in port().items() if not n.endswith('num_batches_tracked')}
    assert len(convert(released, 'i3d_r50_port')) == 53 + 4 * 53


@pytest.mark.parametrize('in_channels', [None, 2])
def test_inception_weights_keep_their_names_without_the_classifier(in_channels):
    own = meta_state_dict(InceptionI3d, in_channels=in_channels or 3)
    logits = {
        'logits.conv3d.weight': torch.zeros(400, 1024),
        'logits.conv3d.bias': torch.zeros(400),
    }
    assert set(convert(own | logits, 'i3d_inception', in_channels)) == set(own)


def test_vggish_weights_keep_their_names_without_the_postprocessing():
    own = meta_state_dict(VGGish)
    assert set(convert(own | {'pproc.pca_means': torch.zeros(128, 1)}, 'vggish')) == set(own)


@pytest.mark.parametrize('kind', ['i3d_r50_port', 'i3d_inception', 'vggish'])
def test_names_of_another_kind_are_named(kind):
    message = f"names are not of kind '{kind}': self_anttention.0.weight"
    with pytest.raises(ValueError, match=message):
        convert({'self_anttention.0.weight': torch.zeros(1)}, kind)


def test_non_local_blocks_are_not_part_of_the_baseline_port():
    with pytest.raises(ValueError, match=r'1 names are not of kind .*: layer2\.1\.nl\.g\.weight'):
        convert(port() | {'layer2.1.nl.g.weight': torch.zeros(1)}, 'i3d_r50_port')


def test_missing_and_misshapen_tensors_are_named():
    released = port()
    del released['layer4.2.conv3.weight']
    with pytest.raises(ValueError, match=r'1 missing: layer4\.2\.conv3\.conv\.weight'):
        convert(released, 'i3d_r50_port')
    with pytest.raises(ValueError, match=r'1 misshapen: head\.fc1\.weight \(5, 24\) instead of'):
        convert(
            salient()
            | {'self_anttention.2.weight': torch.zeros(2, 4)}
            | {'self_anttention.2.bias': torch.zeros(2)},
            'salient',
        )
    with pytest.raises(ValueError, match=r"has no matrix for \['head.attention.hidden.weight'\]"):
        convert({n: v for n, v in salient().items() if n != 'self_anttention.0.weight'}, 'salient')
    with pytest.raises(
        ValueError, match=r'Conv3d_1a_7x7\.conv3d\.weight \(64, 2, 7, 7, 7\) instead'
    ):
        convert(meta_state_dict(InceptionI3d, in_channels=2), 'i3d_inception')


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match=r"kind must be one of \[.*'vggish'\], got 'c3d'"):
        convert({}, 'c3d')


def test_each_norm_of_the_port_keeps_its_own_values():
    released = {
        name: torch.full(value.shape, float(index), device='meta' if value.ndim > 1 else 'cpu')
        for index, (name, value) in enumerate(port().items())
    }
    converted = convert(released, 'i3d_r50_port')
    for number in (1, 2, 3):
        for leaf in ('weight', 'bias', 'running_mean', 'running_var'):
            ours = converted[f'layer1.0.conv{number}.bn.{leaf}']
            assert torch.equal(ours, released[f'layer1.0.bn{number}.{leaf}'])
    assert torch.equal(converted['conv1.bn.weight'], released['bn1.weight'])
