# XD-Violence's sound: VGGish, one vector a 16-frame segment, 128 wide.
# Weights: the circulating PyTorch port's state dict, converted by
# tools/convert_checkpoint.py --kind vggish.
custom_imports = dict(imports=['mmvad'])
default_scope = 'mmaction'

extractor = dict(
    modality='sound',
    backbone=dict(type='VGGish', final_relu=True),
    weights=None,
    weights_ignore=['pproc.'],
    pca_weights=None,  # path or address of the PCA parameters: 8-bit whole numbers instead
    feature_channels=128,
    missing='error',  # 'zeros' writes zero vectors where a video has no sound track
    tail='drop_last',
)
