"""UCF-Crime, d_a 64, r 3: published AUC 84.74 (Table 3)."""

_base_ = [
    '_base_/datasets/ucf_crime_i3d_r50.py',
    '_base_/models/salient.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(bag_size=28))
