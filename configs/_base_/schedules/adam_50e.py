"""Adam, the online branch at half the rate, a tenth of both from epoch 10 on (HL-Net)."""

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=50, val_interval=1)
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=1e-4),
    paramwise_cfg=dict(custom_keys={'head.approximator': dict(lr_mult=0.5)}),
)
param_scheduler = dict(type='MultiStepLR', by_epoch=True, milestones=[10], gamma=0.1)
auto_scale_lr = dict(enable=False, base_batch_size=64)
