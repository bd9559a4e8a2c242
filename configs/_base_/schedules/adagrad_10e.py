"""Adagrad with weight decay (Sultani et al., section 4.1) for the paper's 10 epochs."""

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=10, val_interval=1)
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='Adagrad', lr=1e-2, weight_decay=1e-3)
)
auto_scale_lr = dict(enable=False, base_batch_size=64)
