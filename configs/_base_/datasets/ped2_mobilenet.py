"""UCSD Ped2 with MobileNet features; no I3D, one crop, ten training videos."""

data_root = 'data/ped2'
features = dict(root='features/mobilenet', pattern='{name}_i3d.npy', num_crops=1, num_channels=2048)

train_dataloader = dict(
    batch_size=64,
    num_workers=0,
    collate_fn=dict(type='feature_collate'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='BalancedSampler', replacement=True, num_batches=100),
    dataset=dict(
        type='VideoFeatureDataset',
        data_root=data_root,
        ann_file='annotations/train.json',
        features=features,
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
        features=features,
        test_mode=True,
    ),
)
test_evaluator = dict(type='FrameMetric', fps=10)
