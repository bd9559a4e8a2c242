"""Robust temporal feature magnitude (Tian et al., ICCV 2021); all crops of a video together."""

model = dict(
    type='VideoAnomalyDetector',
    neck=dict(type='MultiScaleTemporal', in_channels=2048),
    head=dict(
        type='RTFMHead',
        in_channels=2048,
        hidden_channels=(512, 128),
        dropout=0.7,
        loss_cls=dict(
            type='MagnitudeLoss',
            margin=100,
            separation=1e-4,
            smoothness=8e-4,
            sparsity=8e-3,
            smooth_end_to_end=False,  # True is the released code, False the paper's formula
        ),
    ),
)
