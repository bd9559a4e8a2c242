"""XD-Violence, RTFM, RGB only: published AP 77.81 (Table 5)."""

_base_ = [
    '_base_/datasets/xd_violence_i3d_rgb.py',
    '_base_/models/rtfm.py',
    '_base_/schedules/adam_25e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(neck=dict(in_channels=1024), head=dict(in_channels=1024))
train_dataloader = dict(batch_sampler=dict(num_batches=600), dataset=dict(crops_together=True))
selections = dict(test=dict(default_hooks=dict(best=dict(save_best='frame/AP'))))
