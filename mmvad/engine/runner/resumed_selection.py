"""Keeps a resumed training to the selection that it began with."""

from collections.abc import Mapping

from mmengine.config import Config

from mmvad.engine.runner.selection import RETIRED_KEYS, RETIRED_VALUES
from mmvad.literal_config import read_settings_of


def check_selection(cfg: Config, checkpoint: Mapping, filename: str, reason: str | None) -> None:
    """Refuse to resume under another selection, or with another part of the videos held out.

    What was trained on would become what the checkpoint is selected on, without a word.

    Args:
        cfg: Of the run that resumes, after its selection was applied.
        checkpoint: What `read_checkpoint` gives; its config is read, not executed.
        filename: Where it comes from, for the error.
        reason: Why the run has another selection than its config says; None where it has not.

    Raises:
        ValueError: The selections differ, or the parts that are held out do.

    Example:
        >>> checkpoint = dict(meta=dict(cfg="selection = 'last'"))
        >>> check_selection(Config(), checkpoint, 'a.pth', None)
        >>> check_selection(Config(dict(selection='test')), checkpoint, 'a.pth', None)
        Traceback (most recent call last):
        ValueError: a.pth was trained under selection 'last', this run has selection 'test': what \
was trained on could become what selects; resume with selection=last, or start a new training
    """
    before, now = recorded_selection(checkpoint), cfg.get('selection')
    if before is None or now is None:
        return
    if before != now:
        raise ValueError(
            f'{filename} was trained under selection {before!r}, this run has selection {now!r}'
            f'{f" because {reason}" if reason else ""}: what was trained on could become what '
            f'selects; resume with selection={before}, or start a new training'
        )
    if cfg.get('train_dataloader', {}).get('dataset', {}).get('subset') != 'train':
        return
    before, now = _held_out(_read(checkpoint, 'train_dataloader')), _held_out(cfg.train_dataloader)
    if before and before != now:
        raise ValueError(
            f'{filename} was trained with held_out={before}, this run has held_out={now}: other '
            'videos would be held out; resume with the same, or start a new training'
        )


def recorded_selection(checkpoint: Mapping) -> str | None:
    """Read the selection of a training from its checkpoint.

    Args:
        checkpoint: What `read_checkpoint` gives.

    Returns:
        Its current name; None where the checkpoint does not say it.

    Example:
        >>> recorded_selection(dict(meta=dict(cfg="protocol = 'paper'")))
        'test'
    """
    for name in ('selection', *(old for old, new in RETIRED_KEYS.items() if new == 'selection')):
        found = _read(checkpoint, name)
        if isinstance(found, str):
            return RETIRED_VALUES['selection'].get(found, found)
    return None


def _read(checkpoint: Mapping, name: str) -> object:
    """Read one setting of the recorded config; None where it is not there, or not a plain value."""
    text = (checkpoint.get('meta') or {}).get('cfg')
    if not isinstance(text, str):
        return None
    try:
        return read_settings_of(text, [name]).get(name)
    except ValueError:
        return None


def _held_out(loader: object) -> list:
    """List what each part of a training set holds out."""
    dataset = loader.get('dataset') if isinstance(loader, Mapping) else None
    if not isinstance(dataset, Mapping):
        return []
    parts = dataset.get('datasets') or [dataset]
    return [dict(part.get('held_out') or {}) for part in parts]
