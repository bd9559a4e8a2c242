"""Programming interfaces."""

__all__ = ['AnomalyInferencer']


def __getattr__(name: str):
    """Import late: the engine's hooks draw with ``mmvad.apis.events``, the inferencer needs them.

    Raises:
        AttributeError: There is no such name.
    """
    if name == 'AnomalyInferencer':
        from mmvad.apis.inferencer import AnomalyInferencer

        return AnomalyInferencer
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
