"""SGD for 10 epochs, nothing validated: for recognizers trained from clips."""

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=10)
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=1e-3, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=40, norm_type=2),
)
auto_scale_lr = dict(enable=False, base_batch_size=2)
