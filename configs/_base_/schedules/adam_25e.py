"""Adam with weight decay at a constant rate (RTFM): 25 epochs of 600 batches, 15,000 iterations."""

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=25, val_interval=1)
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3, weight_decay=5e-3))
auto_scale_lr = dict(enable=False, base_batch_size=64)
