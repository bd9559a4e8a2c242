"""Says by name how weights and a model differ, before anything is loaded."""

from collections.abc import Mapping

from torch import Tensor, nn


def check_state_dict(model: nn.Module, state_dict: Mapping[str, Tensor], source: str) -> None:
    """Refuse weights that are not exactly those of a model.

    Args:
        model: What the weights are for.
        state_dict: The weights.
        source: Where they come from, for the error.

    Raises:
        ValueError: Names are missing, unknown or of another shape; the first of each are listed.

    Example:
        >>> model = nn.Linear(2, 1)
        >>> check_state_dict(model, model.state_dict(), 'linear.pth')
    """
    expected = model.state_dict()
    names = [str(name).removeprefix('module.') for name in state_dict]
    found = dict(zip(names, state_dict.values(), strict=True))
    problems = {
        'missing': [name for name in expected if name not in found],
        'not in the model': [name for name in found if name not in expected],
        'of another shape': [
            f'{name} (model {tuple(expected[name].shape)}, file {_describe(value)})'
            for name, value in found.items()
            if name in expected and getattr(value, 'shape', None) != expected[name].shape
        ],
    }
    listed = [
        f'{kind}: {", ".join(names[:4])}{" …" if len(names) > 4 else ""} ({len(names)})'
        for kind, names in problems.items()
        if names
    ]
    if listed:
        raise ValueError(
            f'{source} does not hold the weights of {type(model).__name__} as configured; '
            + '; '.join(listed)
        )


def _describe(value: object) -> str:
    return str(tuple(value.shape)) if isinstance(value, Tensor) else type(value).__name__
