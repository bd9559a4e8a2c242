"""XD-Violence, BL + SA, d_a 64, r 3: published AP 79.92 (Table 5)."""

_base_ = [
    '_base_/datasets/xd_violence_i3d_vggish.py',
    '_base_/models/salient_bilstm.py',
    '_base_/schedules/radam_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(neck=dict(in_channels=1152), head=dict(bag_size=9))
selections = dict(test=dict(default_hooks=dict(best=dict(save_best='frame/AP'))))
