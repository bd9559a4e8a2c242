"""A table of metrics for the console."""

from collections.abc import Mapping


def results_table(metrics: Mapping[str, float]) -> str:
    """Lay out metrics in one line each, those of a category below the metric that they belong to.

    Args:
        metrics: Value by name; ``AUC/Fight`` after a prefix is that of a category.

    Returns:
        Lines with four digits; a value that is no number stands as it is.

    Example:
        >>> print(results_table({'frame/AUC': 0.97451, 'frame/AP': 0.9, 'frame/AUC/Fire': 0.98}))
        frame/AUC  0.9745
          Fire     0.9800
        frame/AP   0.9000
    """
    rows: list[tuple[str, object]] = []
    for name, value in metrics.items():
        if _owner(name, metrics) is None:
            rows.append((name, value))
            rows.extend(
                (f'  {part.removeprefix(name + "/")}', number)
                for part, number in metrics.items()
                if _owner(part, metrics) == name
            )
    width = max((len(name) for name, _ in rows), default=0)
    return '\n'.join(f'{name:{width}}  {_digits(value)}' for name, value in rows)


def _owner(name: str, metrics: Mapping) -> str | None:
    """Find the metric of all videos that a category's belongs to."""
    owner, _, category = name.rpartition('/')
    return owner if category and owner in metrics else None


def _digits(value: object) -> str:
    return f'{value:.4f}' if isinstance(value, int | float) else str(value)
