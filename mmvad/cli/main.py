"""Weakly supervised video anomaly detection: train, test, score videos, draw what came out."""

import sys
from collections.abc import Sequence

from mmvad.cli.commands import run_command
from mmvad.version import __version__

COMMANDS = {
    'new': ('mmvad.cli.new', 'Make a project folder for your own videos.'),
    'run': ('mmvad.cli.run', 'Run a project folder, from its videos to a detector.'),
    'train': ('mmvad.cli.train', 'Train a detector.'),
    'test': ('mmvad.cli.test', 'Test a checkpoint on the test set.'),
    'evaluate': ('mmvad.cli.evaluate', 'Compute the metrics of a scores file.'),
    'compare': ('mmvad.cli.compare', 'Compare detectors on the same test videos.'),
    'calibrate': ('mmvad.cli.calibrate', 'Choose the threshold from normal videos.'),
    'infer': ('mmvad.cli.infer', 'Score videos, feature files or a live source.'),
    'report': ('mmvad.cli.report', 'Draw curves, review page and videos from a scores file.'),
    'extract': ('mmvad.cli.extract', 'Extract the features of videos.'),
    'check-data': ('mmvad.cli.check_data', 'Check the feature files of a config.'),
    'prepare': ('mmvad.cli.prepare', 'Make the annotation files of a data set.'),
    'convert': ('mmvad.cli.convert', 'Convert a released checkpoint or a pickled feature file.'),
    'export': ('mmvad.cli.export_onnx', 'Write a trained detector as an ONNX file.'),
    'paper': ('mmvad.cli.paper', 'Make a table or figure of the paper.'),
    'demo': ('mmvad.cli.demo', 'Run everything on rendered scenes.'),
}
RETIRED = {'convert-features': 'convert features'}  # commands of older versions


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of `COMMANDS`.

    Args:
        argv: The command and its arguments; None takes those of the process.

    Returns:
        Its exit status; 2 where there is no such command.
    """
    argv = sys.argv[1:] if argv is None else argv
    if list(argv) == ['--version']:
        print(f'mmvad {__version__}')
        return 0
    return run_command(argv, 'mmvad', __doc__, COMMANDS, RETIRED)


if __name__ == '__main__':
    sys.exit(main())
