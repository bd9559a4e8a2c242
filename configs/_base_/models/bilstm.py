"""The bidirectional LSTM alone (paper, Table 2, row "BL")."""

model = dict(
    type='VideoAnomalyDetector',
    neck=dict(type='BiLSTM', in_channels=2048, hidden_channels=256, num_layers=2),
    head=dict(type='LastSegmentHead', in_channels=512, dropout=0.5),
)
