"""XD-Violence, HL-Net, RGB and audio: published AP 78.64 (Table 5).

The published batches of 128 bags, not balanced: --cfg-options train_dataloader.batch_size=128
train_dataloader.batch_sampler=None
"""

_base_ = [
    '_base_/datasets/xd_violence_i3d_vggish.py',
    '_base_/models/hlnet.py',
    '_base_/schedules/adam_50e.py',
    '_base_/selections.py',
    '_base_/default_runtime.py',
]

model = dict(head=dict(in_channels=1152))
train_dataloader = dict(dataset=dict(pooled=False, num_segments=200))
selections = dict(test=dict(default_hooks=dict(best=dict(save_best='frame/AP'))))
