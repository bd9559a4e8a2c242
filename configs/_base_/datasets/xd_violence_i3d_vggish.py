"""XD-Violence with I3D Inception RGB and VGGish audio features (1024 + 128)."""

data_root = 'data/xd_violence'
features = dict(root='features', layout='SD', num_crops=5, num_channels=1024)

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
        features=dict(
            features,
            pattern='i3d_rgb/train/{video}__{crop}.npy',
            audio=dict(pattern='vggish/train/{video}__vggish.npy', num_channels=128),
        ),
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
        features=dict(
            features,
            pattern='i3d_rgb/test/{video}__{crop}.npy',
            audio=dict(pattern='vggish/test/{video}__vggish.npy', num_channels=128),
        ),
        test_mode=True,
    ),
)
test_evaluator = dict(type='FrameMetric')
