"""Your own videos with features of efficientnet_lite0: see docs/own_videos.md."""

_base_ = [
    '_base_/datasets/custom.py',
    '_base_/models/salient.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(in_channels=2560, bag_size=2))
