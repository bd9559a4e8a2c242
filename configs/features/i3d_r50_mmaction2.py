# MMAction2's own I3D ResNet-50 with OpenMMLab's Kinetics-400 checkpoint. Its features are not those
# of i3d_r50_port: other weights, other first pool, other normalisation.
custom_imports = dict(imports=['mmvad'])
default_scope = 'mmaction'

extractor = dict(
    backbone=dict(
        type='ResNet3d',
        depth=50,
        pretrained=None,
        pretrained2d=False,
        conv1_kernel=(5, 7, 7),
        conv1_stride_t=2,
        pool1_stride_t=2,
        inflate=((1, 1, 1), (1, 0, 1, 0), (1, 0, 1, 0, 1, 0), (0, 1, 0)),
        zero_init_residual=False,
    ),
    weights='https://download.openmmlab.com/mmaction/v1.0/recognition/i3d/'
    'i3d_imagenet-pretrained-r50_8xb8-32x2x1-100e_kinetics400-rgb/'
    'i3d_imagenet-pretrained-r50_8xb8-32x2x1-100e_kinetics400-rgb_20220812-e213c223.pth',
    weights_prefix='backbone.',
    feature_channels=2048,
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    resize=dict(short_side=256),
    crop_size=224,
    crops='ten',
    tail='ceil',
)
