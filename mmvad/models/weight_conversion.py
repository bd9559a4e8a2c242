"""Released checkpoints under their own names, renamed to ours: pure functions over state dicts."""

import re

import torch

from mmvad.models.backbones import InceptionI3d, ResNet3dNonLocalPort, VGGish
from mmvad.models.heads.salient_head import SalientHead
from mmvad.models.renaming import Tensors, rename, without
from mmvad.models.system_conversion import SYSTEM_CONVERSIONS, system_state_dict
from mmvad.state_dicts import check_state_dict

SALIENT_NAMES = {
    'self_anttention.0': 'head.attention.hidden',  # spelt so in the release
    'self_anttention.2': 'head.attention.hops',
    'fc1': 'head.fc1',
    'fc2': 'head.fc2',
}

NONLOCAL_PORT_PATTERNS = (
    (re.compile(r'conv1'), r'conv1.conv'),
    (re.compile(r'bn1'), r'conv1.bn'),
    (re.compile(r'(layer\d\.\d)\.conv([123])'), r'\1.conv\2.conv'),
    (re.compile(r'(layer\d\.\d)\.bn([123])'), r'\1.conv\2.bn'),
    (re.compile(r'(layer\d\.0)\.downsample\.0'), r'\1.downsample.conv'),
    (re.compile(r'(layer\d\.0)\.downsample\.1'), r'\1.downsample.bn'),
)


def convert_salient(released: Tensors) -> dict[str, torch.Tensor]:
    """Rename the paper authors' released detector.

    Args:
        released: ``self_anttention.{0,2}``, ``fc1`` and ``fc2``, weights and biases.

    Returns:
        The same tensors as the weights of the detector with a `SalientHead`.

    Raises:
        ValueError: A name is not one of the release's.

    Example:
        >>> list(convert_salient({'fc2.bias': torch.zeros(1)}))
        ['head.fc2.bias']
    """
    return rename(released, 'salient', SALIENT_NAMES.get)


def convert_nonlocal_port(released: Tensors) -> dict[str, torch.Tensor]:
    """Rename ``i3d_r50_kinetics.pth`` for `ResNet3dNonLocalPort`; the classifier ``fc`` is dropped.

    Args:
        released: Names as in torchvision's ResNets.

    Returns:
        The same tensors under MMAction2's names.

    Raises:
        ValueError: A name is not one of the port's.

    Example:
        >>> list(convert_nonlocal_port({'layer1.0.bn2.weight': torch.zeros(1)}))
        ['layer1.0.conv2.bn.weight']
    """

    def new_module(module: str) -> str | None:
        for pattern, replacement in NONLOCAL_PORT_PATTERNS:
            if match := pattern.fullmatch(module):
                return match.expand(replacement)
        return None

    return rename(without(released, 'fc.'), 'i3d_r50_port', new_module)


def convert_inception_i3d(released: Tensors) -> dict[str, torch.Tensor]:
    """Keep ``rgb_imagenet.pt`` or ``flow_imagenet.pt`` without the classifier ``logits``.

    Args:
        released: Names as in `InceptionI3d`, which are the release's own.

    Returns:
        The same tensors without the classifier.

    Raises:
        ValueError: A name is not one of the release's.

    Example:
        >>> names = ['Mixed_3b.b0.bn.bias', 'logits.conv3d.bias']
        >>> list(convert_inception_i3d({name: torch.zeros(1) for name in names}))
        ['Mixed_3b.b0.bn.bias']
    """
    unit = re.compile(r'(Conv3d_\d[abc]_\dx\d|Mixed_\d[b-f]\.b(0|[12][ab]|3b))\.(conv3d|bn)')
    return _keep(without(released, 'logits.'), 'i3d_inception', unit)


def convert_vggish(released: Tensors) -> dict[str, torch.Tensor]:
    """Keep the circulating VGGish state dict without the post-processing ``pproc``.

    Args:
        released: Names as in `VGGish`, which are the port's own.

    Returns:
        The same tensors without the post-processing.

    Raises:
        ValueError: A name is not one of the port's.

    Example:
        >>> names = ['features.0.bias', 'pproc.pca_means']
        >>> list(convert_vggish({name: torch.zeros(1) for name in names}))
        ['features.0.bias']
    """
    layer = re.compile(r'features\.(0|3|6|8|11|13)|embeddings\.(0|2|4)')
    return _keep(without(released, 'pproc.'), 'vggish', layer)


CONVERSIONS = {
    'salient': convert_salient,
    'i3d_r50_port': convert_nonlocal_port,
    'i3d_inception': convert_inception_i3d,
    'vggish': convert_vggish,
    **SYSTEM_CONVERSIONS,
}


def convert(released: Tensors, kind: str, in_channels: int | None = None) -> dict:
    """Rename a release and check that it is complete.

    Args:
        released: State dict of the release.
        kind: One of `CONVERSIONS`.
        in_channels: Channels of the I3D networks' input, 2 for optical flow; None is RGB.

    Returns:
        State dict with the names and shapes of our module.

    Raises:
        ValueError: The kind is unknown, or names or shapes are not of this kind.
    """
    if kind not in CONVERSIONS:
        raise ValueError(f'kind must be one of {sorted(CONVERSIONS)}, got {kind!r}')
    renamed = CONVERSIONS[kind](released)
    with torch.device('meta'):  # shapes only
        if kind == 'salient':
            expected = _salient_state_dict(renamed)
        elif kind in SYSTEM_CONVERSIONS:
            expected = system_state_dict(renamed, kind)
        elif kind == 'vggish':
            expected = VGGish().state_dict()
        else:
            network = InceptionI3d if kind == 'i3d_inception' else ResNet3dNonLocalPort
            expected = network(in_channels=in_channels or 3).state_dict()
    check_state_dict(expected, renamed, f'a checkpoint of kind {kind!r}')
    return renamed


def _salient_state_dict(renamed: Tensors) -> dict[str, torch.Tensor]:
    """Build the head whose sizes the release's first layers give, as a state dict."""
    names = [f'{module}.weight' for module in SALIENT_NAMES.values()]
    if missing := [name for name in names if name not in renamed or renamed[name].ndim != 2]:
        raise ValueError(f"a checkpoint of kind 'salient' has no matrix for {missing}")
    hidden, hops, fc1, _ = (renamed[name] for name in names)
    head = SalientHead(
        in_channels=hidden.shape[1],
        attention_channels=hidden.shape[0],
        num_hops=hops.shape[0],
        hidden_channels=fc1.shape[0],
    )
    return {f'head.{name}': value for name, value in head.state_dict().items()}


def _keep(released: Tensors, kind: str, modules: re.Pattern) -> dict[str, torch.Tensor]:
    """Keep tensors under their names, which must be those of known modules."""
    return rename(released, kind, lambda name: name if modules.fullmatch(name) else None)
