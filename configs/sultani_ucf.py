"""UCF-Crime, Sultani et al. on I3D: AUC 81.39 in the paper, 81.54 reordered (Table 1).

The original's batches of 30 + 30 bags: --cfg-options train_dataloader.batch_size=60
"""

_base_ = [
    '_base_/datasets/ucf_crime_i3d_r50.py',
    '_base_/models/sultani.py',
    '_base_/schedules/adagrad_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(in_channels=2048))
