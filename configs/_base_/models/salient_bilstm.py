"""The paper's extended detector: a bidirectional LSTM before the attention (section 4.3)."""

model = dict(
    type='VideoAnomalyDetector',
    neck=dict(type='BiLSTM', in_channels=2048, hidden_channels=256, num_layers=2),
    head=dict(
        type='SalientHead',
        in_channels=512,
        attention_channels=64,
        num_hops=3,
        hidden_channels=32,
        dropout=0.3,
    ),
)
