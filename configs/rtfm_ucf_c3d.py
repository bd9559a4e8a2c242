"""UCF-Crime, RTFM on C3D: published AUC 83.28 (Table 3)."""

_base_ = [
    '_base_/datasets/ucf_crime_c3d.py',
    '_base_/models/rtfm.py',
    '_base_/schedules/adam_25e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(neck=dict(in_channels=4096), head=dict(in_channels=4096))
train_dataloader = dict(batch_sampler=dict(num_batches=600), dataset=dict(crops_together=True))
