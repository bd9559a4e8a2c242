# The published Inception family, XD-Violence: five crops without mirrors, the last segment dropped.
_base_ = './i3d_inception_rgb.py'

extractor = dict(crops='five', tail='drop_last')
