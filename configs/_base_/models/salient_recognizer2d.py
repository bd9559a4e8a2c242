"""MMAction2's frame-wise recognizer with the paper's head, attending over a video's frames."""

model = dict(
    type='Recognizer2D',
    backbone=dict(type='ResNet', pretrained=None, depth=50, norm_eval=True),
    cls_head=dict(type='SalientHead', in_channels=2048, attention_channels=64, num_hops=3),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCHW',
    ),
)
