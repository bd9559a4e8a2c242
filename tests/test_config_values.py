"""The values of each experiment and each feature config, as the paper and the releases state them.

A value is written out here once more, so that a slip in a config fails.
"""

import pytest
from mmengine.config import Config
from toy_data import CONFIGS

EXPERIMENTS = sorted(path.stem for path in CONFIGS.glob('*.py'))
FEATURES = sorted(path.stem for path in (CONFIGS / 'features').glob('*.py'))

RADAM = dict(type='RAdam', lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
SGD = dict(type='SGD', lr=1e-3, momentum=0.9, weight_decay=1e-4)
# what salient_ucf has; the others are told by what differs
DETECTOR = dict(
    optimizer=RADAM,
    epochs=10,
    batch_size=64,
    num_segments=32,
    held_out=dict(fraction=0.1, seed=0),
    features=(None, 10, 2048, 0),  # layout, crops, channels, audio channels
    neck=None,
    dropout=0.3,
    attention=(64, 3, 32),  # channels, hops, hidden channels
    bag_size=28,
    selection='held_out',
    held_out_best=('video/AUC', 'greater'),
    paper_best=('frame/AUC', 'greater'),
    fps=30,
)
BILSTM = dict(neck=(2048, 256, 2))
ALONE = dict(BILSTM, dropout=0.5, attention=None)
SHANGHAITECH = dict(bag_size=21, fps=None)
XD = dict(bag_size=9, features=('SD', 5, 1024, 128), paper_best=('frame/AP', 'greater'), fps=None)
XD_NECK = dict(neck=(1152, 256, 2))
PED2 = dict(
    bag_size=2,
    epochs=6,
    features=(None, 1, 2048, 0),
    selection='last',
    fps=10,
)

DETECTORS = {
    'salient_ucf': {},
    'salient_ucf_da128_r7': dict(attention=(128, 7, 32)),
    'salient_ucf_inception': dict(features=('SD', 10, 1024, 0)),
    'salient_custom': dict(bag_size=2, batch_size=32, features=(None, 1, 2560, 0), fps=None),
    'salient_shanghaitech': SHANGHAITECH,
    'salient_xd': XD,
    'salient_xd_rgb': dict(XD, features=('SD', 5, 1024, 0)),
    'salient_ped2': PED2,
    'salient_bilstm_ped2': BILSTM | PED2,
    'bilstm_ped2': ALONE | PED2,
    'demo': dict(
        bag_size=2,
        batch_size=16,
        features=(None, 1, 2560, 0),
        selection='last',
        fps=None,
    ),
    'salient_bilstm_ucf': BILSTM,
    'salient_bilstm_shanghaitech': BILSTM | SHANGHAITECH,
    'salient_bilstm_xd': XD | XD_NECK | dict(attention=(128, 1, 32)),
    'salient_bilstm_xd_da64_r3': XD | XD_NECK,
    'bilstm_ucf': ALONE,
    'bilstm_shanghaitech': ALONE | SHANGHAITECH,
    'bilstm_xd': ALONE | XD | XD_NECK,
}
ADAGRAD = dict(type='Adagrad', lr=1e-2, weight_decay=1e-3)
# what sultani_ucf has; the others are told by what differs
SULTANI = dict(
    type='SultaniHead',
    optimizer=ADAGRAD,
    approximator=None,
    epochs=10,
    batch=(64, None),  # bags, batches an epoch
    bags=(32, True, False),  # segments, pooled, crops together
    features=(None, 10, 2048, 0),
    held_out=dict(fraction=0.1, seed=0),
    dropout=0.6,
    head={},
    loss=dict(type='RankingLoss', smoothness=8e-5, sparsity=8e-5),
    neck=None,
    milestones=None,
    selection='held_out',
    paper_best=('frame/AUC', 'greater'),
    fps=30,
)
RTFM = SULTANI | dict(
    type='RTFMHead',
    optimizer=dict(type='Adam', lr=1e-3, weight_decay=5e-3),
    epochs=25,
    batch=(64, 600),
    bags=(32, True, True),
    dropout=0.7,
    loss=dict(
        type='MagnitudeLoss',
        margin=100,
        separation=1e-4,
        smoothness=8e-4,
        sparsity=8e-3,
        smooth_end_to_end=False,
    ),
    neck=('MultiScaleTemporal', 2048),
)
HLNET = SULTANI | dict(
    type='HLNetHead',
    optimizer=dict(type='Adam', lr=1e-4),
    approximator=dict(lr_mult=0.5),
    epochs=50,
    bags=(200, False, False),
    loss=dict(type='DistillationLoss', distillation=5.0),
    milestones=([10], 0.1),
)
C3D = dict(features=(None, 1, 4096, 0))
C3D_NECK = C3D | dict(neck=('MultiScaleTemporal', 4096))
AP = dict(paper_best=('frame/AP', 'greater'), fps=None)
RGB = AP | dict(features=('SD', 5, 1024, 0))
PED2 = dict(
    features=(None, 1, 2048, 0),
    epochs=6,
    batch=(64, 100),
    selection='last',
    fps=10,
)
C3D_HEAD = C3D | dict(head=dict(normalize=True, test_segments=32))
SYSTEMS = {
    'sultani_ucf': SULTANI,
    'sultani_ucf_c3d': SULTANI | C3D_HEAD,
    'sultani_xd_c3d': SULTANI | C3D_HEAD | AP,
    'sultani_ped2': SULTANI | PED2,
    'rtfm_ucf': RTFM,
    'rtfm_ucf_c3d': RTFM | C3D_NECK,
    'rtfm_shanghaitech': RTFM | dict(fps=None),
    'rtfm_shanghaitech_c3d': RTFM | C3D_NECK | dict(fps=None),
    'rtfm_xd_rgb': RTFM | RGB | dict(neck=('MultiScaleTemporal', 1024)),
    'rtfm_ped2': RTFM | PED2 | dict(batch=(16, 100)),
    'hlnet_ucf': HLNET | dict(features=('SD', 10, 1024, 0)),
    'hlnet_xd_rgb': HLNET | RGB,
    'hlnet_xd': HLNET | AP | dict(features=('SD', 5, 1024, 128)),
    'hlnet_ped2': HLNET | PED2,
}
RECOGNIZERS = {
    # frames a clip, clips, input format
    'recognizer2d_salient_resnet': (1, 8, 'NCHW'),
    'recognizer3d_salient_i3d': (16, 4, 'NCTHW'),
}
TF_IMAGENET = ([127.0] * 3, [128.0] * 3)
HALF, IMAGENET = ([127.5] * 3, [127.5] * 3), ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
# crops, tail, feature channels, (mean, std), short side or (width, height), crop, frames
EXTRACTORS = {
    'efficientnet_lite0': ('centre', 'ceil', 2560, TF_IMAGENET, (224, 224), 224, 8),
    'efficientnet_lite2': ('centre', 'ceil', 2560, TF_IMAGENET, (260, 260), 260, 8),
    'i3d_inception_rgb': ('ten', 'floor', 1024, HALF, 256, 224, None),
    'i3d_inception_rgb_xd': ('five', 'drop_last', 1024, HALF, 256, 224, None),
    'i3d_r50_mmaction2': ('ten', 'ceil', 2048, IMAGENET, 256, 224, None),
    'i3d_r50_port': ('ten', 'ceil', 2048, ([114.75] * 3, [57.375] * 3), 256, 224, None),
    'vggish': (None, 'drop_last', 128, (None, None), None, None, None),
}


def load(name):
    return Config.fromfile(CONFIGS / f'{name}.py')


def best(settings):
    return settings.save_best, settings.rule


def feature_values(features):
    return (
        features.get('layout'),
        features.num_crops,
        features.num_channels,
        features.get('audio', {}).get('num_channels', 0),
    )


def system_values(cfg):
    head, neck, loader = cfg.model.head, cfg.model.get('neck'), cfg.train_dataloader
    data, scheduler = loader.dataset, cfg.get('param_scheduler')
    keys = cfg.optim_wrapper.get('paramwise_cfg', {}).get('custom_keys', {})
    named = ('type', 'in_channels', 'dropout', 'loss_cls', 'hidden_channels')
    return dict(
        type=head.type,
        optimizer=dict(cfg.optim_wrapper.optimizer),
        approximator=keys.get('head.approximator'),
        epochs=cfg.train_cfg.max_epochs,
        batch=(loader.batch_size, loader.batch_sampler.get('num_batches')),
        bags=(data.num_segments, data.get('pooled', True), data.get('crops_together', False)),
        features=feature_values(data.features),
        held_out=dict(data.held_out),
        dropout=head.dropout,
        head={name: value for name, value in head.items() if name not in named},
        loss=dict(head.loss_cls),
        neck=neck and (neck.type, neck.in_channels),
        milestones=scheduler and (scheduler.milestones, scheduler.gamma),
        selection=cfg.selection,
        paper_best=best(cfg.selections.test.default_hooks.best),
        fps=cfg.test_evaluator.get('fps'),
    )


def detector_values(cfg):
    head, neck = cfg.model.head, cfg.model.get('neck')
    train, features = cfg.train_dataloader.dataset, cfg.train_dataloader.dataset.features
    attends = head.type == 'SalientHead'
    widths = ('attention_channels', 'num_hops', 'hidden_channels')
    return dict(
        optimizer=dict(cfg.optim_wrapper.optimizer),
        epochs=cfg.train_cfg.max_epochs,
        batch_size=cfg.train_dataloader.batch_size,
        num_segments=train.num_segments,
        held_out=dict(train.held_out),
        features=feature_values(features),
        neck=neck and (neck.in_channels, neck.hidden_channels, neck.num_layers),
        dropout=head.dropout,
        attention=tuple(head[name] for name in widths) if attends else None,
        bag_size=head.bag_size,
        selection=cfg.selection,
        held_out_best=best(cfg.selections.held_out.default_hooks.checkpoint),
        paper_best=best(cfg.selections.test.default_hooks.best),
        fps=cfg.test_evaluator.get('fps'),
    )


@pytest.mark.parametrize('name', DETECTORS)
def test_detector_has_the_values_of_its_experiment(name):
    assert detector_values(load(name)) == DETECTOR | DETECTORS[name]


@pytest.mark.parametrize('name', SYSTEMS)
def test_compared_system_has_the_values_of_its_paper(name):
    assert system_values(load(name)) == SYSTEMS[name]


@pytest.mark.parametrize('name', [name for name in SYSTEMS if name.startswith('rtfm')])
def test_head_of_rtfm_takes_what_its_neck_gives(name):
    model = load(name).model
    assert model.head.in_channels == model.neck.in_channels
    assert tuple(model.head.hidden_channels) == (512, 128)


@pytest.mark.parametrize('name', [*DETECTORS, *SYSTEMS])
def test_detector_has_the_validation_seed_and_checkpoints_of_all_experiments(name):
    cfg = load(name)
    iter_validation = cfg.selections.test.default_hooks.iter_validation
    assert (iter_validation.type, iter_validation.interval) == ('IterValidationHook', 50)
    assert (cfg.train_cfg.val_interval, cfg.randomness.seed) == (1, 9111)
    assert cfg.auto_scale_lr == dict(enable=False, base_batch_size=64)
    checkpoint = cfg.default_hooks.checkpoint
    assert (checkpoint.interval, checkpoint.max_keep_ckpts) == (1, 2)
    sampler = cfg.train_dataloader.batch_sampler
    expected = SYSTEMS[name]['batch'][1] if name in SYSTEMS else None
    expected = dict(salient_custom=30, demo=30).get(name, expected)
    is_drawn = name.endswith('_ped2') or name in ('salient_custom', 'demo')
    drawn = (is_drawn, 100 if name.endswith('_ped2') else expected)
    assert (sampler.get('replacement', False), sampler.get('num_batches')) == drawn


@pytest.mark.parametrize('name', [*DETECTORS, *SYSTEMS])
def test_width_of_the_features_is_the_model_s(name):
    cfg = load(name)
    first = cfg.model.get('neck') or cfg.model.head
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        features = loader.dataset.features
        audio = features.get('audio', {}).get('num_channels', 0)
        assert first.in_channels == features.num_channels + audio


@pytest.mark.parametrize('name', RECOGNIZERS)
def test_recognizer_has_the_values_of_its_experiment(name):
    cfg = load(name)
    assert dict(cfg.optim_wrapper.optimizer) == SGD
    assert cfg.optim_wrapper.clip_grad == dict(max_norm=40, norm_type=2)
    assert (cfg.train_cfg.max_epochs, cfg.train_dataloader.batch_size) == (10, 2)
    head, preprocessor = cfg.model.cls_head, cfg.model.data_preprocessor
    assert (head.in_channels, head.attention_channels, head.num_hops) == (2048, 64, 3)
    assert (list(preprocessor.mean), list(preprocessor.std)) == IMAGENET
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        steps = {step.type: step for step in loader.dataset.pipeline}
        clips, shape = steps['SampleFrames'], steps['FormatShape']
        assert (clips.clip_len, clips.num_clips, shape.input_format) == RECOGNIZERS[name]
        assert clips.frame_interval == 1


@pytest.mark.parametrize('name', EXTRACTORS)
def test_feature_config_has_the_values_of_its_release(name):
    settings = load(f'features/{name}').extractor
    resize = settings.get('resize')
    assert (
        settings.get('crops'),
        settings.tail,
        settings.feature_channels,
        (settings.get('mean'), settings.get('std')),
        resize and (resize.get('short_side') or (resize.width, resize.height)),
        settings.get('crop_size'),
        settings.get('clip_frames'),
    ) == EXTRACTORS[name]


def test_no_config_lacks_its_expected_values():
    assert sorted([*DETECTORS, *SYSTEMS, *RECOGNIZERS]) == EXPERIMENTS
    assert sorted(EXTRACTORS) == FEATURES


@pytest.mark.parametrize('name', [*DETECTORS, *SYSTEMS])
def test_the_default_table_of_the_test_is_short(name):
    assert load(name).test_evaluator.keys() <= {'type', 'fps'}  # no categories, nothing extra
