"""XD-Violence, Sultani et al. on C3D: published AP 73.20 (Table 5).

The original's batches of 30 + 30 bags: --cfg-options train_dataloader.batch_size=60
"""

_base_ = [
    '_base_/datasets/xd_violence_c3d.py',
    '_base_/models/sultani.py',
    '_base_/schedules/adagrad_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(in_channels=4096, normalize=True, test_segments=32))
selections = dict(test=dict(default_hooks=dict(best=dict(save_best='frame/AP'))))
