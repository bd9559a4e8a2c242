"""Stand-in for mmengine's HistoryBuffer, for PyTorch's safe loader: two curves of plain numbers."""

import pickle

import numpy as np
from mmengine.logging import HistoryBuffer

from mmvad.checked_arrays import CheckedArray

METHODS = ('min', 'max', 'current', 'mean')
CURVES = ('_log_history', '_count_history')


class CheckedHistory(HistoryBuffer):
    """A ``HistoryBuffer`` that takes over curves only; it is one of mmengine's afterwards.

    mmengine's own takes over any attribute, and puts what a file calls statistics into a dict that
    all its objects share.
    """

    def __init__(self, *arguments: object) -> None:
        """Refuse to be called: what it is called with would be made into arrays of any size."""
        raise pickle.UnpicklingError('it asks for a HistoryBuffer of other values than it saved')

    def __setstate__(self, state: object) -> None:
        """Take over the curves.

        Raises:
            pickle.UnpicklingError: The state is not that of a ``HistoryBuffer``.
        """
        expected = {'max_length', *CURVES}
        if not isinstance(state, dict) or set(state) - {'statistics_methods'} != expected:
            raise pickle.UnpicklingError('it asks for a HistoryBuffer with other attributes')
        curves = {name: state[name] for name in CURVES}
        methods = state.get('statistics_methods', {})
        if (
            type(state['max_length']) is not int
            or any(type(curve) is not CheckedArray or curve.ndim != 1 for curve in curves.values())
            or not isinstance(methods, dict)
            or any(
                name not in METHODS or methods[name] is not history_method(HistoryBuffer, name)
                for name in methods
            )
        ):
            raise pickle.UnpicklingError('it asks for a HistoryBuffer of other things than numbers')
        self.__class__ = HistoryBuffer
        self._set_default_statistics()
        plain = {name: np.array(curve, subok=False) for name, curve in curves.items()}
        self.__dict__.update(plain, max_length=state['max_length'])


def history_method(owner: type, name: str):
    """Stand in for ``getattr`` in the safe loader: the statistics methods of HistoryBuffer only.

    Raises:
        pickle.UnpicklingError: It is another class or name.

    Example:
        >>> history_method(HistoryBuffer, 'mean') is HistoryBuffer.mean
        True
    """
    shown = HistoryBuffer if owner is CheckedHistory else owner
    if shown is not HistoryBuffer or name not in METHODS:
        raise pickle.UnpicklingError(
            f'checkpoint asks for attribute {name!r} of {shown!r}; only the statistics methods of '
            'HistoryBuffer are admitted'
        )
    return getattr(HistoryBuffer, name)
