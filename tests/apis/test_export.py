import importlib.util
import json
import sys

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config

from mmvad import __version__
from mmvad.apis import export
from mmvad.apis.export import OnnxDetector, compare_onnx, export_onnx, require_packages

needs_onnx = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ('onnx', 'onnxruntime')),
    reason='onnx and onnxruntime are not installed: pip install "mmvad[onnx]"',
)

ATTENTION = dict(type='SalientHead', in_channels=12, attention_channels=6, num_hops=3, bag_size=4)
NECK = dict(type='BiLSTM', in_channels=20, hidden_channels=6)
MODEL_CONFIGS = {
    'attention': dict(head=ATTENTION),
    'attention behind a BiLSTM': dict(neck=NECK, head=ATTENTION),
    'ranking': dict(head=dict(ATTENTION, segment_ranking=1.0)),
    'ranking behind a BiLSTM': dict(neck=NECK, head=dict(ATTENTION, segment_ranking=0.5)),
    'last segment behind a BiLSTM': dict(
        neck=NECK, head=dict(type='LastSegmentHead', in_channels=12, bag_size=None)
    ),
    'segments one by one': dict(head=dict(type='SultaniHead', in_channels=12, normalize=True)),
}


def make_trained(tmp_path, name='attention', **meta):
    """Give a config and a checkpoint whose weights are large enough for telling scores."""
    cfg = Config(dict(model=dict(type='VideoAnomalyDetector', **MODEL_CONFIGS[name])))
    torch.manual_seed(0)
    detector = MODELS.build(cfg.model)
    for parameter in detector.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    torch.save(dict(state_dict=detector.state_dict(), meta=meta), tmp_path / 'best.pth')
    return cfg, tmp_path / 'best.pth', detector.eval()


@needs_onnx
@pytest.mark.parametrize('name', MODEL_CONFIGS)
def test_exported_file_gives_torchs_outputs_for_any_number_of_bags_and_segments(tmp_path, name):
    import onnxruntime

    cfg, checkpoint, detector = make_trained(tmp_path, name)
    report = export_onnx(cfg, checkpoint, tmp_path / 'new' / 'detector.onnx')
    assert report.max_difference < 1e-5
    session = onnxruntime.InferenceSession(report.path, providers=['CPUExecutionProvider'])
    width = session.get_inputs()[0].shape[2]
    for shape in ((1, 1), (5, 3), (2, 50)):
        bags = torch.randn(*shape, width)
        outputs = session.run(None, dict(features=bags.numpy()))
        with torch.no_grad():
            np.testing.assert_allclose(outputs[0], detector(bags).sigmoid(), atol=1e-5)
            if 'attention' in report.outputs:
                attention = detector.score_with_attention(bags)[1]
                np.testing.assert_allclose(outputs[1], attention, atol=1e-5)
            detector.head.bag_size = None
            expected = [detector.segment_scores(bag[:, None]) for bag in bags]
            np.testing.assert_allclose(outputs[-1], torch.stack(expected), atol=1e-5)


@needs_onnx
def test_axes_are_named_and_dynamic(tmp_path):
    import onnx

    cfg, checkpoint, _ = make_trained(tmp_path, 'attention behind a BiLSTM')
    graph = onnx.load(export_onnx(cfg, checkpoint, tmp_path / 'detector.onnx').path).graph
    shapes = {
        value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    assert shapes == dict(
        features=['N', 'T', 20],
        scores=['N'],
        attention=['N', 3, 'T'],
        segment_scores=['N', 'T'],
    )


@needs_onnx
def test_file_says_what_it_is(tmp_path):
    import onnxruntime

    dataset = dict(dataset='toy', features=dict(backbone='I3D'))
    cfg, checkpoint, _ = make_trained(tmp_path, dataset_meta=dataset)
    export_onnx(cfg, checkpoint, tmp_path / 'detector.onnx')
    session = onnxruntime.InferenceSession(tmp_path / 'detector.onnx')
    stored = session.get_modelmeta().custom_metadata_map
    assert {name: json.loads(text) for name, text in stored.items()} == dict(
        mmvad_version=__version__,
        in_channels=12,
        bag_size=4,
        segment_ranking=0.0,
        classes=['normal', 'anomalous'],
        dataset_meta=dataset,
    )


@needs_onnx
def test_export_compares_at_the_bag_size_and_a_single_segment(tmp_path):
    cfg, checkpoint, _ = make_trained(tmp_path)
    shapes = export_onnx(cfg, checkpoint, tmp_path / 'detector.onnx').shapes
    assert {(1, 1), (3, 1), (1, 4), (3, 4), (3, 5)} <= set(shapes)


@needs_onnx
def test_other_scores_than_those_of_the_file_are_a_difference(tmp_path):
    _, _, detector = make_trained(tmp_path)
    scorer, path, shapes = export.OnnxDetector(detector), tmp_path / 'detector.onnx', ((1, 2),)
    export.write_onnx(scorer, detector.head.in_channels, path, {})
    assert export.compare_onnx(scorer, detector.head.in_channels, path, shapes) < 1e-5
    detector.head.fc2.bias.data += 0.1
    assert export.compare_onnx(scorer, detector.head.in_channels, path, shapes) > 1e-3


@needs_onnx
def test_export_leaves_no_file_where_scores_differ_by_more_than_is_accepted(tmp_path):
    cfg, checkpoint, _ = make_trained(tmp_path)
    with pytest.raises(ValueError, match=r'not written: ONNX Runtime differs from PyTorch by'):
        export_onnx(cfg, checkpoint, tmp_path / 'out' / 'detector.onnx', tolerance=-1.0)
    assert not list((tmp_path / 'out').iterdir())


@needs_onnx
def test_nan_counts_as_a_difference(tmp_path):
    cfg, checkpoint, detector = make_trained(tmp_path)
    path = export_onnx(cfg, checkpoint, tmp_path / 'detector.onnx').path
    detector.head.fc2.bias.data.fill_(float('nan'))
    assert np.isnan(compare_onnx(OnnxDetector(detector), 12, path, ((1, 2),)))


@needs_onnx
def test_finite_weights_that_give_nan_are_not_exported(tmp_path):
    cfg, checkpoint, detector = make_trained(tmp_path)
    detector.head.fc1.weight.data.uniform_(-1e38, 1e38)
    torch.save(dict(state_dict=detector.state_dict()), checkpoint)
    with pytest.raises(ValueError, match='by up to nan'):
        export_onnx(cfg, checkpoint, tmp_path / 'out' / 'detector.onnx')
    assert not list((tmp_path / 'out').iterdir())


@needs_onnx
def test_another_shape_is_an_error(tmp_path):
    cfg, checkpoint, detector = make_trained(tmp_path)
    path = export_onnx(cfg, checkpoint, tmp_path / 'detector.onnx').path
    more_hops = MODELS.build({**ATTENTION, 'num_hops': 4, 'type': 'SalientHead'})
    detector.head = more_hops.eval()
    with pytest.raises(ValueError, match=r'attention of bags \(1, 2, 12\) has shape \(1, 3, 2\)'):
        compare_onnx(OnnxDetector(detector), 12, path, ((1, 2),))


@needs_onnx
def test_the_same_checkpoint_gives_the_same_file(tmp_path):
    cfg, checkpoint, _ = make_trained(tmp_path)
    export_onnx(cfg, checkpoint, tmp_path / 'first.onnx')
    export_onnx(cfg, checkpoint, tmp_path / 'second.onnx')
    assert (tmp_path / 'first.onnx').read_bytes() == (tmp_path / 'second.onnx').read_bytes()


def test_missing_package_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'onnx', None)
    with pytest.raises(ImportError, match=r'export needs onnx .*mmvad\[onnx\]'):
        require_packages()


def test_missing_checkpoint_is_named(tmp_path):
    cfg, _, _ = make_trained(tmp_path)
    with pytest.raises(FileNotFoundError, match=r'checkpoint not found: .*absent\.pth'):
        export.load_detector(cfg, tmp_path / 'absent.pth')


def test_checkpoint_of_another_model_is_refused(tmp_path):
    cfg, checkpoint, _ = make_trained(tmp_path)
    cfg.model.head.attention_channels = 7
    with pytest.raises(ValueError, match='does not hold the weights of VideoAnomalyDetector'):
        export.load_detector(cfg, checkpoint)


def test_config_of_another_kind_of_model_is_refused(tmp_path):
    _, checkpoint, _ = make_trained(tmp_path)
    with pytest.raises(ValueError, match='is a VideoAnomalyDetector, got SalientHead'):
        export.load_detector(Config(dict(model=ATTENTION)), checkpoint)


def test_preprocessor_that_would_be_lost_is_refused(tmp_path):
    cfg, checkpoint, _ = make_trained(tmp_path)
    cfg.model.data_preprocessor = dict(type='BaseDataPreprocessor')
    with pytest.raises(ValueError, match='BaseDataPreprocessor would not be part of the detector'):
        export.load_detector(cfg, checkpoint)


def test_scores_with_attention_are_the_detectors_scores(tmp_path):
    _, _, detector = make_trained(tmp_path, 'attention behind a BiLSTM')
    bags = torch.randn(3, 5, 20)
    logits, attention = detector.score_with_attention(bags)
    torch.testing.assert_close(logits, detector(bags))
    torch.testing.assert_close(attention.sum(-1), torch.ones(3, 3))


def test_head_without_attention_says_so(tmp_path):
    _, _, detector = make_trained(tmp_path, 'last segment behind a BiLSTM')
    with pytest.raises(ValueError, match='LastSegmentHead has no attention map'):
        detector.score_with_attention(torch.randn(3, 5, 20))
