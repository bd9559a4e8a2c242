# The published Inception family, UCF-Crime and ShanghaiTech: I3D Inception-v1, (S, 10, 1024).
# Weights: rgb_imagenet.pt as it circulates; its classifier is ignored.
custom_imports = dict(imports=['mmvad'])
default_scope = 'mmaction'

extractor = dict(
    backbone=dict(type='InceptionI3d', in_channels=3),
    weights=None,
    weights_ignore=['logits.'],
    feature_channels=1024,
    pool_kernel=(2, 7, 7),
    mean=[127.5, 127.5, 127.5],  # 0–255 to [-1, 1]
    std=[127.5, 127.5, 127.5],
    resize=dict(short_side=256),
    crop_size=224,
    crops='ten',
    tail='floor',
)
