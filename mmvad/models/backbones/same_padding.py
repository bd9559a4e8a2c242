"""TensorFlow's "SAME" padding, which networks converted from it need."""

from collections.abc import Sequence


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Count the zeros that TensorFlow's "SAME" padding puts before and after one axis.

    The output has ``ceil(size / stride)`` places; the odd zero goes after.

    Args:
        size: Length of the axis.
        kernel: Length of the kernel.
        stride: Step of the kernel.

    Returns:
        Zeros before, zeros after.

    Example:
        >>> same_padding(224, 7, 2), same_padding(112, 3, 2), same_padding(7, 3, 1)
        ((2, 3), (0, 1), (1, 1))
    """
    places = -(-size // stride)
    total = max((places - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def split_padding(
    size: Sequence[int], kernel: Sequence[int], stride: Sequence[int]
) -> tuple[tuple[int, ...], list[int]]:
    """Split SAME padding into a symmetric part, which a layer can do itself, and the rest.

    Args:
        size: (T, H, W) or (H, W) of the input.
        kernel: Kernel of the layer, per axis.
        stride: Stride of the layer, per axis.

    Returns:
        Zeros on both sides per axis, and the argument of `torch.nn.functional.pad` for the whole
        padding, which is empty where the symmetric part suffices.

    Example:
        >>> split_padding((7, 7, 7), (3, 3, 3), (1, 1, 1))
        ((1, 1, 1), [])
        >>> split_padding((16, 7, 7), (7, 3, 3), (2, 1, 1))
        ((0, 0, 0), [1, 1, 1, 1, 2, 3])
    """
    pads = [same_padding(*axis) for axis in zip(size, kernel, stride, strict=True)]
    if all(before == behind for before, behind in pads):
        return tuple(before for before, _ in pads), []
    return (0,) * len(pads), [zeros for pad in reversed(pads) for zeros in pad]
