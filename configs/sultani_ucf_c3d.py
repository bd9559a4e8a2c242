"""UCF-Crime, Sultani et al. on C3D: published AUC 75.41 (Table 3).

The original scores a test video as 32 pooled segments: test_segments=32.
The original's batches of 30 + 30 bags: --cfg-options train_dataloader.batch_size=60
"""

_base_ = [
    '_base_/datasets/ucf_crime_c3d.py',
    '_base_/models/sultani.py',
    '_base_/schedules/adagrad_10e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(in_channels=4096, normalize=True, test_segments=32))
