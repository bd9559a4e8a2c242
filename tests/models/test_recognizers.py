"""The salient head as ``cls_head`` of MMAction2's own recognizers."""

import pytest
import torch
from mmaction.evaluation import AccMetric
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.registry import DefaultScope

from mmvad.models.heads import SalientHead

CLIPS = 2
RESNET3D = dict(
    type='ResNet3d',
    depth=18,
    pretrained=None,
    pretrained2d=False,
    conv1_stride_t=2,
    pool1_stride_t=2,
    base_channels=8,
    norm_eval=True,
    zero_init_residual=False,
)
RESNET = dict(type='ResNet', depth=18, pretrained=None, norm_eval=True)


def build(kind, num_crops=1, **options):
    torch.manual_seed(0)
    three = kind == 'Recognizer3D'
    config = dict(
        type=kind,
        backbone=RESNET3D if three else RESNET,
        cls_head=dict(type=SalientHead, in_channels=64 if three else 512, num_crops=num_crops),
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[127.5] * 3,
            std=[50.0] * 3,
            format_shape='NCTHW' if three else 'NCHW',
        ),
        **options,
    )
    with DefaultScope.overwrite_default_scope('mmaction'):
        model = MODELS.build(config)
    model.init_weights()
    model.eval()
    return model


def batch(kind, num_videos=2, num_views=CLIPS):
    """Give videos as a data loader does, labels 0, 1, 0, ..."""
    shape = (num_views, 3, 8, 32, 32) if kind == 'Recognizer3D' else (num_views, 3, 32, 32)
    random = torch.Generator().manual_seed(1)
    inputs = [
        torch.randint(0, 256, shape, dtype=torch.uint8, generator=random) for _ in range(num_videos)
    ]
    samples = [ActionDataSample() for _ in range(num_videos)]
    for index, sample in enumerate(samples):
        sample.set_gt_label(index % 2)
    return dict(inputs=inputs, data_samples=samples)


def pooled(model, inputs):
    """Pool the backbone's maps of (N, views, ...) to (N, views, C)."""
    maps = model.backbone(inputs.flatten(0, 1))
    return maps.flatten(2).mean(-1).view(*inputs.shape[:2], -1)


KINDS = pytest.mark.parametrize('kind', ['Recognizer2D', 'Recognizer3D'])


@KINDS
def test_loss_attends_over_the_clips_of_each_video(kind):
    model = build(kind)
    data = model.data_preprocessor(batch(kind))
    losses = model(**data, mode='loss')
    logits = model.cls_head(pooled(model, data['inputs']))
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor([0.0, 1]))
    assert list(losses) == ['loss_cls']
    torch.testing.assert_close(losses['loss_cls'], expected)


@KINDS
def test_training_step_reaches_the_backbone(kind):
    model = build(kind)
    model.train()
    data = model.data_preprocessor(batch(kind), training=True)
    loss, _ = model.parse_losses(model(**data, mode='loss'))
    loss.backward()
    assert next(model.backbone.parameters()).grad.abs().sum() > 0


@KINDS
@pytest.mark.parametrize('num_crops', [1, 3])
def test_prediction_averages_crops_of_crop_major_views(kind, num_crops):
    model = build(kind, num_crops)
    data = model.data_preprocessor(batch(kind, num_views=num_crops * CLIPS))
    with torch.no_grad():
        predicted = model(**data, mode='predict')
        bags = pooled(model, data['inputs']).view(2 * num_crops, CLIPS, -1)
        expected = model.cls_head(bags).sigmoid().view(2, num_crops).mean(1)
    for sample, score in zip(predicted, expected, strict=True):
        torch.testing.assert_close(sample.pred_score, torch.stack([1 - score, score]))


@KINDS
def test_accuracy_of_mmaction2_reads_the_prediction(kind):
    model = build(kind)
    data = model.data_preprocessor(batch(kind))
    with torch.no_grad():
        predicted = model(**data, mode='predict')
    metric = AccMetric(metric_options=dict(top_k_accuracy=dict(topk=(1,))))
    metric.process(None, [sample.to_dict() for sample in predicted])
    values = metric.evaluate(len(predicted))
    found = [int(sample.pred_score.argmax()) for sample in predicted]
    right = [label == index % 2 for index, label in enumerate(found)]
    assert values['acc/top1'] == sum(right) / len(right)


@KINDS
def test_fully_convolutional_test_is_refused(kind):
    model = build(kind, test_cfg=dict(fcn_test=True))
    model.backbone.num_segments = CLIPS  # which Recognizer2D reads
    data = model.data_preprocessor(batch(kind))
    with torch.no_grad(), pytest.raises(ValueError, match='remove fcn_test from test_cfg'):
        model(**data, mode='predict')
