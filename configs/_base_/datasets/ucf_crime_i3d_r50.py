"""UCF-Crime with the R50 family of I3D features (10 crops, 2048 channels).

``protocol`` says what selects the best checkpoint; the test set belongs to ``tools/test.py`` alone
unless it is 'paper'.
"""

data_root = 'data/ucf_crime'
features = dict(
    root='features/i3d_r50/train', pattern='{name}_i3d.npy', num_crops=10, num_channels=2048
)
held_out = dict(fraction=0.1, seed=0)
loader = dict(
    num_workers=0,
    collate_fn=dict(type='feature_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
)
training_videos = dict(
    type='VideoFeatureDataset',
    data_root=data_root,
    ann_file='annotations/train.json',
    features=features,
    held_out=held_out,
)
test_videos = dict(
    type='VideoFeatureDataset',
    data_root=data_root,
    ann_file='annotations/test.json',
    features=dict(features, root='features/i3d_r50/test'),
    test_mode=True,
)

train_dataloader = dict(
    batch_size=64,
    num_workers=0,
    collate_fn=dict(type='feature_collate'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='BalancedSampler'),
    dataset=dict(**training_videos, subset='train', num_segments=32),
)
val_dataloader = dict(
    **loader, batch_size=1, dataset=dict(**training_videos, subset='held_out', test_mode=True)
)
val_evaluator = dict(type='VideoMetric')
test_dataloader = dict(**loader, batch_size=1, dataset=test_videos)
test_evaluator = dict(type='FrameMetric', per_category=True)

protocol = 'held_out'
protocols = dict(
    # a stratified part of the training videos is held out, and selects by its video-level AUC
    held_out=dict(),
    # the published numbers: the best test score over frequent evaluations on the test set
    paper=dict(
        train_dataloader=dict(dataset=dict(subset='all')),
        val_dataloader=dict(_delete_=True, **test_dataloader),
        val_evaluator=dict(_delete_=True, **test_evaluator),
        default_hooks=dict(
            checkpoint=dict(save_best=None),
            iter_validation=dict(type='IterValidationHook', interval=50),
            best=dict(
                type='CheckpointHook',
                by_epoch=False,
                interval=-1,
                save_last=False,
                save_best='frame/AUC',
                rule='greater',
            ),
        ),
    ),
    # all training videos, no selection: the last weights
    last=dict(
        train_dataloader=dict(dataset=dict(subset='all')),
        val_cfg=None,
        val_dataloader=None,
        val_evaluator=None,
        default_hooks=dict(checkpoint=dict(save_best=None)),
    ),
)
