"""UCF-Crime with the Inception family of features; not in the paper."""

_base_ = [
    '_base_/datasets/ucf_crime_i3d_inception.py',
    '_base_/models/salient.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(in_channels=1024, bag_size=28))
