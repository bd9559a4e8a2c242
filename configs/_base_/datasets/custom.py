"""Your own videos with features of tools/extract_features.py, one file per video.

An epoch is 30 batches, drawn with replacement: a few dozen videos are enough to fill them.
"""

data_root = 'data/mine'
features = dict(root='features', pattern='{video}.npy', num_crops=1, num_channels=2560)

train_dataloader = dict(
    batch_size=32,
    num_workers=0,
    collate_fn=dict(type='feature_collate'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='BalancedSampler', replacement=True, num_batches=30),
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
test_evaluator = dict(type='FrameMetric')
