"""ShanghaiTech, RTFM: published AUC 97.21 (Table 4)."""

_base_ = [
    '_base_/datasets/shanghaitech_i3d_r50.py',
    '_base_/models/rtfm.py',
    '_base_/schedules/adam_25e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

train_dataloader = dict(batch_sampler=dict(num_batches=600), dataset=dict(crops_together=True))
