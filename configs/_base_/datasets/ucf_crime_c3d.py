"""UCF-Crime with C3D fc6 features (1 crop, 4096 channels), a row for 16 frames."""

data_root = 'data/ucf_crime'
features = dict(pattern='{name}.npy', num_crops=1, num_channels=4096)

train_dataloader = dict(
    batch_size=64,
    num_workers=0,
    collate_fn=dict(type='feature_collate'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='BalancedSampler'),
    dataset=dict(
        type='VideoFeatureDataset',
        data_root=data_root,
        ann_file='annotations/train.json',
        features=dict(features, root='features/c3d/train'),
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
        features=dict(features, root='features/c3d/test'),
        test_mode=True,
    ),
)
test_evaluator = dict(type='FrameMetric', fps=30)
