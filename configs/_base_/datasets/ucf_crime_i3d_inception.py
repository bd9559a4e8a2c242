"""UCF-Crime with the Inception family of I3D features (10 crops, 1024 channels)."""

data_root = 'data/ucf_crime'
features = dict(
    root='features/i3d_inception',
    pattern='{video}__{crop}.npy',
    layout='SD',
    num_crops=10,
    num_channels=1024,
)

train_dataloader = dict(
    batch_size=64,
    num_workers=0,
    collate_fn=dict(type='feature_collate'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='BalancedSampler'),
    dataset=dict(
        type='VideoFeatureDataset',
        data_root=data_root,
        ann_file='annotations/train_inception.json',
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
        ann_file='annotations/test_inception.json',
        features=features,
        test_mode=True,
    ),
)
test_evaluator = dict(type='FrameMetric', fps=30)
