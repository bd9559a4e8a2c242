"""Trainings with their tests as commands: one folder each, resumed where they were cut off."""

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from mmengine.config import Config

from mmvad.config_files import load_config
from mmvad.engine.runner import set_data_root
from mmvad.engine.runner.config_overrides import merge_overrides
from mmvad.engine.runner.last_checkpoint import selected_checkpoint
from mmvad.files import read_json, write_json
from mmvad.paper.children import Children
from mmvad.scores.scores_file import ScoresFile, read_scores

SELECTIONS = ('held_out', 'test', 'last')
DONE = 'done.json'
SCORES = 'scores.json'
LOG = 'output.log'
COMMAND = (sys.executable, '-m', 'mmvad.cli.main')


@dataclass(frozen=True, eq=False)
class Run:
    """One training and the test of the checkpoint that it selects.

    Attributes:
        config: Name of a config, or its path.
        seed: Seed of the training.
        selection: How the checkpoint is chosen, one of `SELECTIONS`.
        options: Overrides of the config, for training and test.

    Example:
        >>> run = Run('salient_ucf', 3, 'last', {'model.head.num_hops': 5})
        >>> run.folder.as_posix()
        'salient_ucf,model.head.num_hops=5/last-seed3'
    """

    config: str
    seed: int
    selection: str
    options: Mapping[str, object] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Folder below that of all runs, the same for the same run."""
        changes = [f'{key}={value}' for key, value in sorted(self.options.items())]
        name = ','.join([Path(self.config).stem, *changes])
        return Path(re.sub(r'[^\w.,=+-]', '_', name), f'{self.selection}-seed{self.seed}')

    def describe(self) -> dict:
        """Give the run as JSON, for the list of runs and the mark of a finished one."""
        options = dict(self.options)
        return dict(config=self.config, seed=self.seed, selection=self.selection, options=options)


@dataclass(frozen=True)
class Place:
    """Where runs lie and what all of them share.

    Attributes:
        root: Folder of all runs.
        data_root: Folder of the data set; None takes the configs' own.
        options: Overrides of every config, such as fewer epochs.
        jobs: Runs at the same time; the processor's cores are shared evenly.
        command: What ``train …`` and ``test …`` are the arguments of.
    """

    root: Path
    data_root: Path | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    jobs: int = 1
    command: Sequence[str] = COMMAND

    def folder(self, run: Run) -> Path:
        """Give the folder of a run."""
        return self.root / run.folder


def finish_runs(
    runs: Sequence[Run], place: Place, progress: Callable[[Run], None] = lambda run: None
) -> dict[Path, str]:
    """Train and test what is not finished yet.

    Args:
        runs: What is needed; the same run may come twice.
        place: Where.
        progress: Called with each run that is finished, also with those that were.

    Returns:
        Reason by `Run.folder` of those that failed; each has its output in its folder.

    Raises:
        ValueError: A folder holds a finished run over other data or with other settings.
    """
    unique = list({run.folder: run for run in runs}.values())
    failed: dict[Path, str] = {}
    waiting = []
    for run in unique:
        if is_finished(run, place):
            progress(run)
        else:
            waiting.append(run)
    threads = max(1, available_cores() // place.jobs)
    children = Children()
    with ThreadPoolExecutor(place.jobs) as pool:
        jobs = {pool.submit(finish_run, run, place, threads, children): run for run in waiting}
        try:
            for job in as_completed(jobs):
                run = jobs[job]
                try:
                    job.result()
                except RuntimeError as error:
                    failed[run.folder] = str(error)
                progress(run)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            children.stop()
            raise
    return {run.folder: failed[run.folder] for run in unique if run.folder in failed}


def finish_run(run: Run, place: Place, threads: int, children: Children) -> None:
    """Train, or go on training, then test; mark the folder as finished.

    Args:
        run: Which.
        place: Where.
        threads: Of each process.
        children: Runs the commands.

    Raises:
        RuntimeError: Training or test failed; the text ends with the last line that it printed.
    """
    folder = place.folder(run)
    folder.mkdir(parents=True, exist_ok=True)
    options = {**place.options, **run.options, 'selection': run.selection}
    common = ['--cfg-options', *(f'{key}={_as_text(value)}' for key, value in options.items())]
    if place.data_root is not None:
        common += ['--data-root', str(place.data_root)]
    train = ['train', run.config, '--work-dir', str(folder), '--seed', str(run.seed), '--resume']
    children.call([*place.command, *train, *common], folder / LOG, threads)
    checkpoint = selected_checkpoint(folder)
    test = ['test', run.config, str(checkpoint), '--work-dir', str(folder / 'test')]
    dump = ['--dump', str(folder / SCORES)]
    children.call([*place.command, *test, *dump, *common], folder / LOG, threads)
    write_json(folder / DONE, _mark(run, place, checkpoint.name), indent=2)


def is_finished(run: Run, place: Place) -> bool:
    """Say whether a run is finished here, over the same data and with the same settings.

    Raises:
        ValueError: It is finished over other data or with other settings.
    """
    path = place.folder(run) / DONE
    if not path.is_file():
        return False
    found, expected = read_json(path, 'mark of a finished run'), _mark(run, place, None)
    for key, value in expected.items():
        if key != 'checkpoint' and found.get(key) != value:
            raise ValueError(
                f'{path.parent} was run with {key} {found.get(key)!r}, now it is {value!r}; '
                'choose another --out'
            )
    return True


def read_run_config(config: str, options: Mapping[str, object], data_root: Path | None) -> Config:
    """Read a config with the overrides and the data that the command of a run gives it.

    Args:
        config: Its name or path.
        options: Values by setting.
        data_root: Folder of the data set; None takes the config's own.

    Returns:
        The config.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: See `merge_overrides` and `set_data_root`.
    """
    cfg = load_config(config)
    merge_overrides(cfg, options)
    if data_root is not None:
        set_data_root(cfg, str(data_root))
    return cfg


def scores_of(run: Run, place: Place) -> ScoresFile:
    """Read the scores of the test videos of a finished run."""
    return read_scores(place.folder(run) / SCORES)


def checkpoint_of(run: Run, place: Place) -> Path:
    """Find the checkpoint that a finished run has selected."""
    mark = read_json(place.folder(run) / DONE, 'mark of a finished run')
    return place.folder(run) / mark['checkpoint']


def available_cores() -> int:
    """Count the processor's cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def _mark(run: Run, place: Place, checkpoint: str | None) -> dict:
    root = None if place.data_root is None else str(Path(place.data_root).resolve())
    shared = json.loads(json.dumps(dict(place.options)))
    return dict(run.describe(), shared_options=shared, data_root=root, checkpoint=checkpoint)


def _as_text(value: object) -> str:
    """Write a value as ``--cfg-options`` reads it."""
    if isinstance(value, list | tuple):
        return '[' + ','.join(map(_as_text, value)) + ']'
    return str(value)
