"""Tells a training on the console: one screen before it, a line an epoch, the result at its end."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mmaction.registry import HOOKS
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmvad.engine.hooks.tie_break_hook import LEAST, TieBreakHook
from mmvad.engine.runner.console import tell
from mmvad.spelling import counted


@HOOKS.register_module()
class ConsoleHook(Hook):
    """Tell what is trained on what, and how it goes, through the run's logger.

    Args:
        clock: Gives the seconds that an epoch's time is of.
    """

    priority = 'LOWEST'  # after the checkpoint hook, which finds the best epoch

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._line: list[str] = []
        self._start = 0.0

    @master_only
    def before_train(self, runner: Runner) -> None:
        """Show what is about to be trained."""
        rows = describe_training(runner)
        width = max(map(len, rows))
        text = '\n'.join(f'{name:{width}}  {value}' for name, value in rows.items())
        tell(runner.logger, f'{text}\n\n')

    @master_only
    def before_train_epoch(self, runner: Runner) -> None:
        """Show the line of the epoch before; begin that of this one."""
        self._flush(runner)
        self._start = self._clock()

    @master_only
    def after_train_epoch(self, runner: Runner) -> None:
        """Keep the epoch's loss until its validation is done."""
        losses = runner.message_hub.log_scalars.get('train/loss')
        loss = '' if losses is None else f'loss {losses.mean(len(runner.train_dataloader)):.4f}'
        seconds = f'{self._clock() - self._start:.1f} s'
        self._line = [f'epoch {runner.epoch + 1}/{runner.max_epochs}', seconds, loss]

    @master_only
    def after_val_epoch(self, runner: Runner, metrics: Mapping | None = None) -> None:
        """Add what the validation after an epoch gave; those within an epoch are in the log."""
        if self._line:
            self._line.extend(f'{name} {value:.4f}' for name, value in (metrics or {}).items())

    @master_only
    def after_train(self, runner: Runner) -> None:
        """Show the last line, what was chosen, and the command that follows."""
        self._flush(runner)
        infos = runner.message_hub.runtime_info
        scores = [value for name, value in infos.items() if name.startswith('best_score')]
        best = [str(path) for name, path in infos.items() if name.startswith('best_ckpt') and path]
        if best:
            found = list(zip(_selected_by(runner), scores, strict=False))
            for metric in _ties_broken_by(runner):
                names = [LEAST.format(name) for name, _ in found]
                found += [(metric, infos[name]) for name in names if name in infos]
            text = ', '.join(f'{name} {score:.4f}' for name, score in found)
            tell(runner.logger, f'\nbest {text}')
        last = Path(runner.work_dir) / 'last_checkpoint'
        if not best and last.is_file():
            best = [last.read_text(encoding='utf-8').strip()]
        for path in best:
            tell(runner.logger, f'next: mmvad test {runner.cfg.filename} {path}')

    def _flush(self, runner: Runner) -> None:
        if self._line:
            tell(runner.logger, '  '.join(filter(None, self._line)))
        self._line = []


def describe_training(runner: Runner) -> dict[str, str]:
    """Describe a training before it starts.

    Args:
        runner: With its training loop built.

    Returns:
        Text by what it is about: data, classes, selection, model, schedule, device, folder.
    """
    dataset, model = runner.train_dataloader.dataset, getattr(runner.model, 'module', runner.model)
    rows = dict(config=str(runner.cfg.filename), data=_describe_data(dataset))
    rows.update(_describe_classes(getattr(dataset, 'annotations', ())))
    rows['selection'] = _describe_selection(runner)
    numbers = sum(parameter.numel() for parameter in model.parameters())
    head = getattr(model, 'head', None) or getattr(model, 'cls_head', None)
    rows['model'] = f'{type(model).__name__}, {type(head).__name__}, {numbers} parameters'
    optimizer = getattr(runner.optim_wrapper, 'optimizer', None)
    rows['training'] = (
        f'{counted(runner.max_epochs, "epoch")} of {len(runner.train_dataloader)} batches, '
        f'{type(optimizer).__name__}, seed {runner.seed}'
    )
    rows['device'] = str(next(model.parameters()).device)
    rows['writes to'] = str(runner.work_dir)
    return rows


def _describe_data(dataset: object) -> str:
    parts = [str(getattr(dataset, 'ann_file', type(dataset).__name__))]
    store = getattr(dataset, 'store', None)
    if store is not None:
        parts.append(f'{counted(store.num_crops, "crop")}, features {store.width} wide')
    return ', '.join(parts)


def _describe_classes(entries: Sequence[Mapping]) -> dict[str, str]:
    if not entries:
        return {}
    anomalous = sum(entry['label'] for entry in entries)
    categories = len({entry['category'] for entry in entries if entry['label'] == 1})
    kinds = f' of {categories} categories' if categories > 1 else ''
    return dict(classes=f'{len(entries) - anomalous} normal, {anomalous} anomalous videos{kinds}')


def _describe_selection(runner: Runner) -> str:
    name = runner.cfg.get('selection') or 'none'
    if runner.val_loop is None:
        return f'{name}: nothing is validated, the last weights count'
    videos = len(runner.val_dataloader.dataset)
    text = f'{name}: the best {", ".join(_selected_by(runner)) or "epoch"}'
    text += ''.join(f', of equal ones the least {metric}' for metric in _ties_broken_by(runner))
    return f'{text} on {counted(videos, "video")}'


def _selected_by(runner: Runner) -> list[str]:
    return [key for hook in runner.hooks for key in getattr(hook, 'key_indicators', ())]


def _ties_broken_by(runner: Runner) -> list[str]:
    return [hook.metric for hook in runner.hooks if isinstance(hook, TieBreakHook)]
