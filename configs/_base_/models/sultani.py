"""Deep ranking of segments (Sultani et al., CVPR 2018), the original's layers and weights."""

model = dict(
    type='VideoAnomalyDetector',
    head=dict(
        type='SultaniHead',
        in_channels=2048,
        hidden_channels=(512, 32),
        dropout=0.6,
        loss_cls=dict(type='RankingLoss', smoothness=8e-5, sparsity=8e-5),
    ),
)
