"""ShanghaiTech: published AUC 95.72 (Table 4)."""

_base_ = [
    '_base_/datasets/shanghaitech_i3d_r50.py',
    '_base_/models/salient.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(bag_size=21))
