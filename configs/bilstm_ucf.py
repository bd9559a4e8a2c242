"""UCF-Crime, BL alone: published AUC 81.72 (Table 2)."""

_base_ = [
    '_base_/datasets/ucf_crime_i3d_r50.py',
    '_base_/models/bilstm.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(bag_size=28))
