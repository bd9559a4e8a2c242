"""UCSD Ped2, BL alone, as `salient_ped2.py`; not in the paper."""

_base_ = [
    '_base_/datasets/ped2_mobilenet.py',
    '_base_/models/bilstm.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(bag_size=2))
train_cfg = dict(max_epochs=6)
selection = 'last'
