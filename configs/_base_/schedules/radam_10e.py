"""RAdam at a constant learning rate for 10 epochs (paper, section 4.2)."""

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=10, val_interval=1)
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='RAdam', lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
)
auto_scale_lr = dict(enable=False, base_batch_size=64)
