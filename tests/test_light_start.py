"""Commands that need no models start without PyTorch; a bare import registers everything."""

import json
import os
import subprocess
import sys

import pytest
from toy_data import REPOSITORY

from mmvad.cli.main import COMMANDS
from mmvad.cli.prepare import DATASETS
from mmvad.clock import Clock
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile, write_scores

RUN = """
import contextlib, json, sys
import mmvad_command

found = {}
for words in json.loads(sys.argv[1]):
    sys.argv = ['mmvad', *words]
    with contextlib.redirect_stdout(sys.stderr):
        try:
            status = mmvad_command.main()
        except SystemExit as error:
            status = error.code
    found[' '.join(words)] = [status, 'torch' in sys.modules, 'sklearn' in sys.modules]
print(json.dumps(found))
"""


def python(source, *arguments):
    """Run a source in a process of its own, where nothing is imported yet."""
    environment = dict(os.environ, PYTHONPATH=str(REPOSITORY), OMP_NUM_THREADS='1')
    process = subprocess.run(
        [sys.executable, '-c', source, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout.splitlines()[-1]


def run_commands(commands):
    return json.loads(python(RUN, json.dumps(commands)))


def test_every_help_is_shown_without_pytorch_and_scikit_learn():
    words = [[], *([name] for name in COMMANDS), *(['prepare', name] for name in DATASETS)]
    found = run_commands([[*command, '--help'] for command in words])
    assert len(found) == len(words) > 15
    assert {name: end for name, end in found.items() if end != [0, False, False]} == {}


@pytest.fixture
def scores(tmp_path):
    normal = dict(label=0, category='Normal', annotated_events=[])
    fight = dict(label=1, category='Fight', annotated_events=[(16, 32)])
    videos = [
        ScoredVideo('a', [0.1, 0.2, 0.1], Clock(3, fps=16), **normal),
        ScoredVideo('b', [0.1, 0.9, 0.3], Clock(3, fps=16), **fight),
    ]
    write_scores(tmp_path / 'scores.json', ScoresFile(videos))
    (tmp_path / 'best.pth').write_bytes(b'weights')
    (tmp_path / 'mine.csv').write_text('video,label,num_frames\na.mp4,0,40\nb.mp4,1,40\n')
    return tmp_path / 'scores.json'


def test_what_needs_no_models_runs_without_pytorch(scores, tmp_path):
    rate = ['--weights', str(tmp_path / 'best.pth'), '--false-alarms-per-hour', '360', '--force']
    split = [str(tmp_path / 'mine.csv'), str(tmp_path / 'train.json'), '--split', 'train']
    commands = [
        ['evaluate', str(scores), '--per-category'],
        ['calibrate', str(scores), *rate],
        ['report', str(scores), '--out-dir', str(tmp_path / 'drawn')],
        ['prepare', 'custom', *split],
    ]
    found = run_commands(commands)
    assert [end[:2] for end in found.values()] == [[0, False]] * 4
    made = ('best.pth.threshold.json', 'drawn/review.html', 'train.json')
    assert [name for name in made if not (tmp_path / name).is_file()] == []
    assert len(list((tmp_path / 'drawn').rglob('*.png'))) == 2


REGISTERED = """
import sys
{before}
import mmvad
from mmaction.registry import HOOKS, METRICS, MODELS, RUNNERS
names = (MODELS, 'SalientHead'), (METRICS, 'FrameMetric'), (RUNNERS, 'AnomalyRunner')
print([name in registry for registry, name in names])
"""


@pytest.mark.parametrize('before', ['', 'import mmvad_command'])
def test_a_bare_import_registers_everything(before):
    assert python(REGISTERED.format(before=before)) == '[True, True, True]'


def modules_that_register():
    """Name the modules of the package that register something."""
    for path in sorted((REPOSITORY / 'mmvad').rglob('*.py')):
        if 'register_module(' in path.read_text(encoding='utf-8') and path.parent.name != 'mmvad':
            yield '.'.join(path.relative_to(REPOSITORY).with_suffix('').parts)


def test_a_bare_import_loads_every_module_that_registers_something():
    modules = list(modules_that_register())
    assert len(modules) > 30
    source = (
        'import json, sys; import mmvad; '
        'print([name for name in json.loads(sys.argv[1]) if name not in sys.modules])'
    )
    assert python(source, json.dumps(modules)) == '[]'


def test_an_import_by_a_config_finds_the_head():
    source = (
        'from mmengine.utils import import_modules_from_strings as load; load(["mmvad"]);'
        'from mmaction.registry import MODELS; print(MODELS.get("SalientHead"))'
    )
    assert python(source) == "<class 'mmvad.models.heads.salient_head.SalientHead'>"


LATE = """
import mmvad_command
mmvad_command.starts_light = True
import mmvad, sys
before = 'torch' in sys.modules
mmvad.register()
from mmaction.registry import MODELS
print(before, 'SalientHead' in MODELS)
"""


def test_a_command_that_needs_models_registers_them_itself():
    assert python(LATE) == 'False True'
