import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from toy_data import CONFIGS, load_tool

pytest.importorskip('onnx', reason='onnx is not installed: pip install "mmvad[onnx]"')
onnxruntime = pytest.importorskip('onnxruntime', reason='pip install "mmvad[onnx]"')

from mmvad.apis.export import export_onnx  # noqa: E402
from mmvad.timeline import bag_lengths  # noqa: E402

EXAMPLE = Path(__file__).resolve().parents[2] / 'examples' / 'score_features_onnx.py'


@pytest.fixture(scope='module')
def example():
    spec = importlib.util.spec_from_file_location('mmvad_example_score_features', EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_exported(tmp_path, bag_size, neck, segment_ranking=0.0):
    """Give a detector, and a session of what was exported from it."""
    width = 12 if neck else 20
    cfg = Config(
        dict(
            model=dict(
                type='VideoAnomalyDetector',
                neck=dict(type='BiLSTM', in_channels=20, hidden_channels=6) if neck else None,
                head=dict(
                    type='SalientHead',
                    in_channels=width,
                    bag_size=bag_size,
                    segment_ranking=segment_ranking,
                ),
            )
        )
    )
    torch.manual_seed(0)
    detector = MODELS.build(cfg.model).eval()
    for parameter in detector.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    torch.save(dict(state_dict=detector.state_dict()), tmp_path / 'best.pth')
    export_onnx(cfg, tmp_path / 'best.pth', tmp_path / 'detector.onnx')
    return detector, onnxruntime.InferenceSession(tmp_path / 'detector.onnx')


@pytest.mark.parametrize('neck', [False, True])
@pytest.mark.parametrize('bag_size', [3, None])
def test_example_gives_the_detectors_segment_scores(example, tmp_path, bag_size, neck):
    detector, session = make_exported(tmp_path, bag_size, neck)
    features = torch.randn(8, 2, 20)  # bags of 3, 3 and 2
    with torch.no_grad():
        expected = detector.segment_scores(features)
    assert len(expected.unique()) == (1 if bag_size is None else 3)
    scores = example.score_segments(session, features.numpy())
    np.testing.assert_allclose(scores, expected, atol=1e-5)


@pytest.mark.parametrize('neck', [False, True])
@pytest.mark.parametrize('bag_size', [3, None])
def test_example_ranks_the_segments_of_a_bag(example, tmp_path, bag_size, neck):
    detector, session = make_exported(tmp_path, bag_size, neck, segment_ranking=1.0)
    features = torch.randn(8, 2, 20)  # bags of 3, 3 and 2
    with torch.no_grad():
        expected = detector.segment_scores(features)
    assert len(expected.unique()) == 8
    scores = example.score_segments(session, features.numpy())
    np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_example_refuses_features_of_another_width(example, tmp_path):
    _, session = make_exported(tmp_path, 3, neck=False)
    with pytest.raises(ValueError, match=r'expected features of shape \(S, K, 20\), got \(8, 20\)'):
        example.score_segments(session, np.zeros((8, 20), np.float32))


def test_example_needs_neither_torch_nor_mmengine(tmp_path):
    detector, _ = make_exported(tmp_path, 3, neck=False)
    features = torch.randn(4, 2, 20)
    np.save(tmp_path / 'video.npy', features.numpy())
    code = (
        'import sys, runpy\n'
        "for name in ('torch', 'mmengine', 'mmaction', 'mmvad'): sys.modules[name] = None\n"
        "runpy.run_path(sys.argv.pop(1), run_name='__main__')\n"
    )
    arguments = [EXAMPLE, tmp_path / 'detector.onnx', tmp_path / 'video.npy']
    output = subprocess.run(
        [sys.executable, '-c', code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    ).stdout
    printed = [float(line.split('\t')[1]) for line in output.splitlines()]
    with torch.no_grad():
        np.testing.assert_allclose(printed, detector.segment_scores(features), atol=2e-6)


def test_released_checkpoint_gives_its_published_scores_without_torch(
    example, shared_data, tmp_path
):
    released = shared_data / 'weights' / 'salient_ucf_da64_r3_released.pth'
    checkpoint = tmp_path / 'converted.pth'
    arguments = [str(released), str(checkpoint), '--kind', 'salient']
    assert load_tool('convert_checkpoint').main(arguments) == 0
    export_onnx(CONFIGS / 'salient_ucf.py', checkpoint, tmp_path / 'detector.onnx')
    session = onnxruntime.InferenceSession(tmp_path / 'detector.onnx')
    expected = json.loads(
        (shared_data / 'expected' / 'salient_da64_r3_on_shanghaitech.json').read_text()
    )
    for name, record in expected['scores_per_bag'].items():
        features = np.load(shared_data / 'features' / 'shanghaitech_i3d_10crop' / name)
        scores = example.score_segments(session, features)
        lengths = bag_lengths(record['segments'], expected['bag_size'])
        np.testing.assert_allclose(scores, np.repeat(record['scores'], lengths), atol=1e-5)
