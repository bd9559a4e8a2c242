# The published R50 family: video-nonlocal-net's I3D ResNet-50 in its PyTorch port, (S, 10, 2048).
# Weights: i3d_r50_kinetics.pth, converted by tools/convert_checkpoint.py --kind i3d_r50_port.
custom_imports = dict(imports=['mmvad'])
default_scope = 'mmaction'

extractor = dict(
    backbone=dict(type='ResNet3dNonLocalPort'),
    weights=None,
    feature_channels=2048,
    mean=[114.75, 114.75, 114.75],
    std=[57.375, 57.375, 57.375],
    resize=dict(short_side=256),
    crop_size=224,
    crops='ten',
    tail='ceil',
)
