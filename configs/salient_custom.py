"""Your own videos: see docs/own_videos.md; adapt data_root, num_crops and in_channels."""

_base_ = [
    '_base_/datasets/custom.py',
    '_base_/models/salient.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(in_channels=2048, bag_size=28))
