# The demo's network: stem and first stage of a 3-D ResNet-18 with random weights, 64 wide, at 56 x
# 56 pixels. Random filters react to colour, edges and motion, not to things that have a name.
custom_imports = dict(imports=['mmvad'])
default_scope = 'mmaction'

extractor = dict(
    backbone=dict(
        type='ResNet3d',
        depth=18,
        pretrained=None,
        pretrained2d=False,
        num_stages=1,
        out_indices=(0,),
        conv1_kernel=(5, 7, 7),
        conv1_stride_t=1,
        pool1_stride_t=1,
        spatial_strides=(1,),
        temporal_strides=(1,),
        dilations=(1,),
        inflate=((1, 1),),
    ),
    weights=None,
    feature_channels=64,
    mean=[127.5, 127.5, 127.5],
    std=[127.5, 127.5, 127.5],
    resize=dict(short_side=56),
    crop_size=56,
    crops='centre',
    tail='ceil',
)
