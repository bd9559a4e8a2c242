"""The paper's detector: self-attention over segments, two linear layers (section 3)."""

model = dict(
    type='VideoAnomalyDetector',
    head=dict(
        type='SalientHead',
        in_channels=2048,
        attention_channels=64,
        num_hops=3,
        hidden_channels=32,
        dropout=0.3,
    ),
)
