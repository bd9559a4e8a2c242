"""ShanghaiTech, BL + SA: published AUC 94.06 (Table 2)."""

_base_ = [
    '_base_/datasets/shanghaitech_i3d_r50.py',
    '_base_/models/salient_bilstm.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(bag_size=21))
