"""The demo: a small made-up feature set with a planted anomaly; ``tools/demo.py`` writes it."""

_base_ = [
    '_base_/models/salient.py',
    '_base_/schedules/radam_10e.py',
    '_base_/protocols.py',
    '_base_/default_runtime.py',
]

data_root = 'demo_out/data'
features = dict(pattern='{name}_i3d.npy', num_crops=2, num_channels=256)

model = dict(head=dict(in_channels=256, bag_size=4))
train_cfg = dict(max_epochs=8)
train_dataloader = dict(
    batch_size=32,
    num_workers=0,
    collate_fn=dict(type='feature_collate'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='BalancedSampler'),
    dataset=dict(
        type='VideoFeatureDataset',
        data_root=data_root,
        ann_file='annotations/train.json',
        features=dict(features, root='features/train'),
        num_segments=32,
        held_out=dict(fraction=0.1, seed=0),
    ),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=0,
    collate_fn=dict(type='feature_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='VideoFeatureDataset',
        data_root=data_root,
        ann_file='annotations/test.json',
        features=dict(features, root='features/test'),
        test_mode=True,
    ),
)
test_evaluator = dict(type='FrameMetric')
