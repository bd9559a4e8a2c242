"""The demo: rendered scenes with features of efficientnet_lite0; ``tools/demo.py`` makes both."""

_base_ = [
    '_base_/models/salient.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

data_root = 'demo_out'
features = dict(root='features', pattern='{video}.npy', num_crops=1, num_channels=2560)

model = dict(head=dict(in_channels=2560, bag_size=2))
selection = 'last'  # 32 scenes are too few to hold some out
train_dataloader = dict(
    batch_size=16,
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
