"""UCSD Ped2, HL-Net: 600 iterations, the last weights; not in the paper."""

_base_ = [
    '_base_/datasets/ped2_mobilenet.py',
    '_base_/models/hlnet.py',
    '_base_/schedules/adam_50e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(in_channels=2048))
train_dataloader = dict(dataset=dict(pooled=False, num_segments=200))
train_cfg = dict(max_epochs=6)
selection = 'last'
