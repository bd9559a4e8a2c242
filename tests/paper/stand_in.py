"""Stands in for the command: `train` leaves checkpoints, `test` copies a scores file."""

import os
import shutil
import sys
from pathlib import Path

SCORES, FAILING = os.environ['STAND_IN_SCORES'], os.environ.get('STAND_IN_FAILING', '')
command, config, *rest = sys.argv[1:]
folder = Path(rest[rest.index('--work-dir') + 1])
if command == 'train':
    if config == FAILING:
        sys.exit(f'{config}: error: its data are not there')
    (folder / 'epoch_2.pth').touch()
    if 'selection=last' not in rest:
        (folder / 'best_video_AUC_epoch_1.pth').touch()
else:
    shutil.copy(SCORES, rest[rest.index('--dump') + 1])
print(command, config, *rest, os.environ['OMP_NUM_THREADS'])
