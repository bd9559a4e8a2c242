"""XD-Violence, BL alone: published AP 75.92 (Table 2)."""

_base_ = [
    '_base_/datasets/xd_violence_i3d_vggish.py',
    '_base_/models/bilstm.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(neck=dict(in_channels=1152), head=dict(bag_size=9))
selections = dict(test=dict(default_hooks=dict(best=dict(save_best='frame/AP'))))
