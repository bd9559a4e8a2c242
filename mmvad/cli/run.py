"""Run a project folder: features, training, calibration, test, report, summary page."""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO

from mmvad.cli import main as commands
from mmvad.cli.errors import CommandParser, parse_arguments
from mmvad.cli.interrupts import INTERRUPTED, report_interrupt
from mmvad.cli.step_output import StepBar, StepOutput
from mmvad.files import printable
from mmvad.project.folder import ProjectFolder, read_videos_folder
from mmvad.project.running import NUM_STEPS, Outcome, ProjectRun, RunResult, command_line
from mmvad.project.steps import RunSettings
from mmvad.project.summary import write_summary


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('dir', type=Path, help='folder that mmvad new made')
    parser.add_argument(
        '--false-alarms-per-hour',
        type=float,
        default=1.0,
        help='target of the calibration, which needs at least an hour of normal video for one an '
        'hour (default: 1)',
    )
    parser.add_argument('--device', help='cpu, cuda, … (default: a GPU where there is one)')
    return parser


class Launcher:
    """Runs a command in this process; what it prints goes to the log.

    Args:
        log: Receives commands and what they print.
        bar: Shows how far a command is.
        main: Takes a command without ``mmvad`` and gives its exit status.
    """

    def __init__(
        self, log: TextIO, bar: StepBar, main: Callable[[Sequence[str]], int] = commands.main
    ) -> None:
        self._log, self._bar, self._main = log, bar, main

    def __call__(self, words: Sequence[str]) -> Outcome:
        """Run a command, given without ``mmvad``.

        Raises:
            KeyboardInterrupt: The command was interrupted.
        """
        self._log.write(f'\n$ {command_line(words)}\n')
        output = StepOutput(self._log, self._bar.advance)
        with redirect_stdout(output), redirect_stderr(output):
            try:
                status = self._main(words)
            except SystemExit as error:  # of argparse
                status = error.code if isinstance(error.code, int) else 1
        output.finish()
        if status == INTERRUPTED:
            raise KeyboardInterrupt
        return Outcome(status, output.error)


def run_project(args: argparse.Namespace) -> int:
    """Run all steps and write the summary page.

    Raises:
        FileNotFoundError: The folder is no project, or its videos are gone.
        ValueError: The table or a setting is malformed, or a step failed.
        OSError: A file cannot be written.
        KeyboardInterrupt: The run was interrupted.
    """
    if args.false_alarms_per_hour < 0:
        raise ValueError(
            f'--false-alarms-per-hour must be at least 0, got {args.false_alarms_per_hour:g}'
        )
    project = ProjectFolder(args.dir)
    settings = RunSettings(args.false_alarms_per_hour, args.device)
    bar = StepBar(NUM_STEPS, sys.stderr)

    def say(number: int, name: str, line: str) -> None:
        bar.clear()
        print(printable(f'[{number}/{NUM_STEPS}] {line}'), flush=True)
        bar.begin(number, name)

    read_videos_folder(project)  # before a log is opened where there is no project
    with project.log.open('a', encoding='utf-8', errors='backslashreplace') as log:
        claim(log, project)
        run = ProjectRun(project, settings, Launcher(log, bar), say)
        try:
            result = run.run()
        finally:
            bar.clear()
    page = write_summary(project, result)
    for line in describe(project, result, page):
        print(printable(line))
    return 0


def claim(log: TextIO, project: ProjectFolder) -> None:
    """Keep other runs out of a project for as long as its log is open.

    Raises:
        ValueError: Another run works in it.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ValueError(f'another mmvad run works in {project.path}') from None


def describe(project: ProjectFolder, result: RunResult, page: Path) -> list[str]:
    """Say what came out and where it is."""
    lines = [f'weights: {result.weights}']
    if result.uncalibrated:
        lines.append(f'not calibrated: {result.uncalibrated}')
    return [*lines, f'review page: {project.review_page}', f'summary: {page} (open in a browser)']


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and run.

    Returns:
        Exit status: 2 for bad input or a step that failed, 130 for an interrupt.
    """
    parser = build_parser()
    args = parse_arguments(parser, argv)
    left = f'mmvad run {args.dir} goes on'
    return report_interrupt(parser, lambda: run_project(args), left)


if __name__ == '__main__':
    sys.exit(main())
