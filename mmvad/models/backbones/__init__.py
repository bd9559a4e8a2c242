"""Backbones that MMAction2 lacks."""

from mmvad.models.backbones.efficientnet_lite import EfficientNetLite
from mmvad.models.backbones.inception_i3d import InceptionI3d
from mmvad.models.backbones.resnet3d_nonlocal_port import ResNet3dNonLocalPort
from mmvad.models.backbones.vggish import VGGish

__all__ = ['EfficientNetLite', 'InceptionI3d', 'ResNet3dNonLocalPort', 'VGGish']
