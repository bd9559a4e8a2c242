"""UCF-Crime, d_a 128, r 7: published AUC 84.91 (Table 3)."""

_base_ = [
    '_base_/datasets/ucf_crime_i3d_r50.py',
    '_base_/models/salient.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(attention_channels=128, num_hops=7, bag_size=28))
