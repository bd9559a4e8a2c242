"""UCSD Ped2, Sultani et al.: 600 iterations, the last weights; not in the paper."""

_base_ = [
    '_base_/datasets/ped2_mobilenet.py',
    '_base_/models/sultani.py',
    '_base_/schedules/adagrad_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(in_channels=2048))
train_cfg = dict(max_epochs=6)
selection = 'last'
