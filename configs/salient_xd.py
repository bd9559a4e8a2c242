"""XD-Violence, RGB and audio: published AP 75.46 (Table 5)."""

_base_ = [
    '_base_/datasets/xd_violence_i3d_vggish.py',
    '_base_/models/salient.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(in_channels=1152, bag_size=9))
selections = dict(test=dict(default_hooks=dict(best=dict(save_best='frame/AP'))))
