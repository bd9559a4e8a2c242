"""Released checkpoints of the compared systems under our names: pure functions of state dicts."""

import re

import torch

from mmvad.models.heads import HLNetHead, RTFMHead, SultaniHead
from mmvad.models.necks import MultiScaleTemporal
from mmvad.models.renaming import Tensors, rename, without, without_wrapper

# The linear layers, as the ports of Sultani et al. call them: by name, or by their place among
# linear layers, activations and dropouts.
SULTANI_NAMES = (
    ('fc1', 'fc2', 'fc3'),
    ('classifier.0', 'classifier.3', 'classifier.6'),  # with a second ReLU
    ('classifier.0', 'classifier.3', 'classifier.5'),  # without
)

RTFM_NAMES = {
    **{
        f'Aggregate.conv_{n}.{part}': f'neck.dilated.{n - 1}.{part}'
        for n in (1, 2, 3)
        for part in (0, 2)
    },
    'Aggregate.conv_4.0': 'neck.reduce.0',
    **{f'Aggregate.conv_5.{part}': f'neck.mix.{part}' for part in (0, 2)},
    **{f'Aggregate.non_local.{name}': f'neck.non_local.{name}' for name in ('g', 'theta', 'phi')},
    'Aggregate.non_local.W.0': 'neck.non_local.out',
    'Aggregate.non_local.W.1': 'neck.non_local.norm',
    **{f'fc{n}': f'head.fc{n}' for n in (1, 2, 3)},
}

HLNET_NAMES = {
    'conv1d1': 'head.embed1',
    'conv1d2': 'head.embed2',
    'conv1d3': 'head.unused_conv1',
    'conv1d4': 'head.unused_conv2',
    **{
        f'gc{2 * index + layer + 1}{part}': f'head.{branch}.{layer}{part}'
        for index, branch in enumerate(('holistic', 'localised', 'by_score'))
        for layer, parts in enumerate((('', '.residual'), ('',)))
        for part in parts
    },
    'classifier': 'head.classifier',
    'approximator.0': 'head.approximator.0',
    'approximator.2': 'head.approximator.2',
    'conv1d_approximator': 'head.approximator_out',
}


def convert_sultani(released: Tensors) -> dict[str, torch.Tensor]:
    """Rename a port of Sultani et al.'s network.

    Args:
        released: Weights and biases of ``fc1``, ``fc2``, ``fc3``, or of ``classifier`` 0, 3 and 5
            or 6. A ``classifier`` may come with ``vars.0`` … ``vars.5``, the same tensors once
            more. Layers 0, 3 and 6 have a ReLU after the second one: the head needs
            ``second_relu=True``.

    Returns:
        The same tensors as the weights of the detector with a `SultaniHead`.

    Raises:
        ValueError: A name is not one of a port's, or ``vars`` hold other values.

    Example:
        >>> list(convert_sultani({'classifier.3.bias': torch.zeros(32)}))
        ['head.fc2.bias']
    """
    released = without_wrapper(released)
    copies = [value for name, value in released.items() if re.fullmatch(r'vars\.\d', name)]
    own = without(released, 'vars.')
    if copies and not (len(copies) == len(own) and all(map(torch.equal, copies, own.values()))):
        raise ValueError("the 'vars' of this checkpoint are no copies of its layers")
    modules = {name.rpartition('.')[0] for name in own}
    layers = max(SULTANI_NAMES, key=lambda layers: len(modules & set(layers)))
    names = {layer: f'head.fc{number}' for number, layer in enumerate(layers, 1)}
    return rename(own, 'sultani', names.get)


def convert_rtfm(released: Tensors) -> dict[str, torch.Tensor]:
    """Rename RTFM's network.

    Args:
        released: ``Aggregate.conv_{1,2,3}.{0,2}``, ``conv_4.0``, ``conv_5.{0,2}`` and
            ``non_local.{g,theta,phi,W.0,W.1}``, ``fc1``, ``fc2``, ``fc3``.

    Returns:
        The same tensors as the weights of the detector with `MultiScaleTemporal` and `RTFMHead`.

    Raises:
        ValueError: A name is not one of the release's.

    Example:
        >>> list(convert_rtfm({'Aggregate.conv_2.0.bias': torch.zeros(512)}))
        ['neck.dilated.1.0.bias']
    """
    return rename(without_wrapper(released), 'rtfm', RTFM_NAMES.get)


def convert_hlnet(released: Tensors) -> dict[str, torch.Tensor]:
    """Rename HL-Net's network, its unused modules included.

    Args:
        released: ``conv1d1`` … ``conv1d4``, ``gc1`` … ``gc6``, ``simAdj`` (two matrices),
            ``disAdj`` (one number), ``classifier``, ``approximator.{0,2}`` and
            ``conv1d_approximator``.

    Returns:
        The same tensors as the weights of the detector with an `HLNetHead`.

    Raises:
        ValueError: A name is not one of the release's.

    Example:
        >>> list(convert_hlnet({'gc3.residual.bias': torch.zeros(32)}))
        ['head.localised.0.residual.bias']
    """
    released = without_wrapper(released)
    matrices = sorted(name for name in released if name.startswith('simAdj.'))
    number = [name for name in released if name.startswith('disAdj.')]
    unused = dict(zip(matrices, ('0', '1'), strict=False))
    unused = {name: f'head.unused_similarity.{index}' for name, index in unused.items()}
    unused |= {name: 'head.unused_distance' for name in number[:1]}
    own = {name: value for name, value in released.items() if name not in unused}
    renamed = rename(own, 'hlnet', HLNET_NAMES.get)
    return renamed | {new: released[name] for name, new in unused.items()}


SYSTEM_CONVERSIONS = {
    'sultani': convert_sultani,
    'rtfm': convert_rtfm,
    'hlnet': convert_hlnet,
}
# The weight whose second axis is D.
WIDTHS = {
    'sultani': 'head.fc1.weight',
    'rtfm': 'head.fc1.weight',
    'hlnet': 'head.embed1.weight',
}


def system_state_dict(renamed: Tensors, kind: str) -> dict[str, torch.Tensor]:
    """Build the detector whose sizes a renamed release gives, as a state dict.

    Args:
        renamed: What one of `SYSTEM_CONVERSIONS` gave.
        kind: Its name.

    Returns:
        Names and shapes that the detector expects; the values mean nothing.

    Raises:
        ValueError: The release lacks the layer that tells the width of its features.

    Example:
        >>> found = system_state_dict({'head.fc1.weight': torch.zeros(512, 16)}, 'sultani')
        >>> tuple(found['head.fc2.weight'].shape)
        (32, 512)
    """
    first = renamed.get(WIDTHS[kind])
    if first is None or first.ndim < 2:
        raise ValueError(f'a checkpoint of kind {kind!r} has no matrix for {WIDTHS[kind]}')
    width = first.shape[1]
    if kind == 'rtfm':
        parts = dict(neck=MultiScaleTemporal(width), head=RTFMHead(width))
    else:
        parts = dict(head=SultaniHead(width) if kind == 'sultani' else HLNetHead(width))
    return {
        f'{part}.{name}': value
        for part, module in parts.items()
        for name, value in module.state_dict().items()
    }
