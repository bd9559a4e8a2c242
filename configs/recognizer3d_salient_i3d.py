"""MMAction2's I3D recognizer with the salient-attention head, trained from clips.

The backbone starts from random weights; give it OpenMMLab's with
model.backbone.init_cfg="dict(type='Pretrained', checkpoint=PATH_OR_URL, prefix='backbone.')".
"""

_base_ = [
    '_base_/datasets/labelled_video_clips.py',
    '_base_/models/salient_recognizer3d.py',
    '_base_/schedules/sgd_10e_no_val.py',
    '_base_/default_runtime.py',
]
