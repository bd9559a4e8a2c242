# XD-Violence's audio: VGGish, one vector per 16-frame segment, 128 wide.
# Weights: the circulating PyTorch port's state dict, converted by
# tools/convert_checkpoint.py --kind vggish.
custom_imports = dict(imports=['mmvad'])
default_scope = 'mmaction'

extractor = dict(
    modality='audio',
    backbone=dict(type='VGGish', final_relu=True),
    weights=None,
    weights_ignore=['pproc.'],
    pca_weights=None,  # path or address of the PCA parameters: 8-bit integers instead
    feature_channels=128,
    missing_audio='error',  # 'zeros' writes zero vectors where a video has no audio
    tail='drop_last',
)
