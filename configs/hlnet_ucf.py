"""UCF-Crime, HL-Net: published AUC 82.44 (Table 3).

The published batches of 128 bags, not balanced: --cfg-options train_dataloader.batch_size=128
train_dataloader.batch_sampler=None
"""

_base_ = [
    '_base_/datasets/ucf_crime_i3d_inception.py',
    '_base_/models/hlnet.py',
    '_base_/schedules/adam_50e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

train_dataloader = dict(dataset=dict(pooled=False, num_segments=200))
