"""Make the annotation files of a data set from the published ones, or of your own videos."""

import sys
from collections.abc import Sequence

from mmvad.cli.commands import run_command

DATASETS = {
    'ucf_crime': ('mmvad.cli.prepare.ucf_crime', 'UCF-Crime, from the official lists.'),
    'shanghaitech': ('mmvad.cli.prepare.shanghaitech', 'ShanghaiTech, from split and masks.'),
    'xd_violence': ('mmvad.cli.prepare.xd_violence', 'XD-Violence, from the feature lists.'),
    'ped2': ('mmvad.cli.prepare.ped2', 'UCSD Ped2, from lists and frame labels.'),
    'custom': ('mmvad.cli.prepare.custom', 'Your own videos, one split, events in frames.'),
    'table': ('mmvad.cli.prepare.table', 'Your own videos, one table, events in seconds.'),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of `DATASETS`; the exit status is 2 where there is no such data set."""
    argv = sys.argv[1:] if argv is None else argv
    return run_command(argv, 'mmvad prepare', __doc__, DATASETS)
