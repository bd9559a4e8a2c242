"""MMAction2's frame-wise ResNet recognizer with the salient-attention head.

The backbone starts from random weights; give it ImageNet's with
model.backbone.pretrained=torchvision://resnet50.
"""

_base_ = [
    '_base_/datasets/labelled_video_frames.py',
    '_base_/models/salient_recognizer2d.py',
    '_base_/schedules/sgd_10e_no_val.py',
    '_base_/default_runtime.py',
]
