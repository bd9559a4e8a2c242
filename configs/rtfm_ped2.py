"""UCSD Ped2, RTFM: 8 + 8 videos a batch, 600 iterations, the last weights; not in the paper."""

_base_ = [
    '_base_/datasets/ped2_mobilenet.py',
    '_base_/models/rtfm.py',
    '_base_/schedules/adam_25e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=16, dataset=dict(crops_together=True))
train_cfg = dict(max_epochs=6)
selection = 'last'
