"""HL-Net (Wu et al., ECCV 2020): three graphs over up to 200 segments."""

model = dict(
    type='VideoAnomalyDetector',
    head=dict(
        type='HLNetHead',
        in_channels=1024,
        dropout=0.6,
        loss_cls=dict(type='DistillationLoss', distillation=5.0),
    ),
)
find_unused_parameters = True  # the released network has modules that it never calls
