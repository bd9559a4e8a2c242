"""The plugin as installed: a wheel in a fresh environment, outside of the checkout.

MMAction2's own tools train and test a config that inherits one of mmvad by its name, and a
recognizer with the salient head; weights and metrics are those of `tools/train.py` and
`tools/test.py`. A project is made and run from the wheel, too.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from own_project import SHORT, write_features_config, write_table, write_videos
from toy_data import REPOSITORY, load_tool, write_split
from video_files import write_video

pytest.importorskip('pip')
TOOLS = Path(find_spec('mmaction').origin).with_name('.mim') / 'tools'
SOURCES = ('mmvad', 'configs', 'mmvad_command.py', 'setup.py', 'pyproject.toml', 'MANIFEST.in')
SOURCES += ('README.md', 'LICENSE')
# three lines; the import comes first because MMAction2's tools read a config before they load it
DETECTOR = """_base_ = __import__('mmvad') and 'mmvad::salient_ucf'
train_dataloader = dict(batch_size=8)
train_cfg = dict(max_epochs=1)
"""
RECOGNIZER = """
custom_imports = dict(imports=['mmvad'])
default_scope = 'mmaction'
randomness = dict(seed=0)
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1)
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(optimizer=dict(type='SGD', lr=1e-3, momentum=0.9))
default_hooks = dict(checkpoint=dict(type='CheckpointHook', interval=1))
model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='ResNet3d', depth=18, pretrained=None, pretrained2d=False, base_channels=8,
        conv1_stride_t=2, pool1_stride_t=2, norm_eval=True, zero_init_residual=False,
    ),
    cls_head=dict(type='SalientHead', in_channels=64, attention_channels=8, num_hops=2),
    data_preprocessor=dict(
        type='ActionDataPreprocessor', mean=[127.5] * 3, std=[50.0] * 3, format_shape='NCTHW'
    ),
)


def pipeline(test_mode):
    return [
        dict(type='OpenCVInit'),
        dict(type='SampleFrames', clip_len=8, frame_interval=1, num_clips=2, test_mode=test_mode),
        dict(type='OpenCVDecode'),
        dict(type='Resize', scale=(32, 32), keep_ratio=False),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs', meta_keys=('img_shape', 'filename')),
    ]


def loader(test_mode):
    return dict(
        batch_size=2,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=not test_mode),
        dataset=dict(
            type='VideoDataset', ann_file='clips.txt', data_prefix=dict(video='clips'),
            pipeline=pipeline(test_mode), test_mode=test_mode,
        ),
    )


train_dataloader, test_dataloader = loader(False), loader(True)
test_evaluator = dict(type='AccMetric')
del loader, pipeline
"""
# MMAction2's tools as they are, one after the other in one process; then a project
GO_ON = """
import json, runpy, sys
from pathlib import Path
tools, names = Path(sys.argv[1]), sys.argv[2:]
for name in names:
    work = f'own_{name}'
    for tool, *arguments in (
        ('test', f'{name}.py', f'{work}/epoch_1.pth', '--work-dir', f'{work}/test_1'),
        ('train', f'{name}.py', '--work-dir', work, '--resume', '--cfg-options',
         'train_cfg.max_epochs=2'),
        ('test', f'{name}.py', f'{work}/epoch_2.pth', '--work-dir', f'{work}/test_2'),
    ):
        sys.argv = [tool, *arguments]
        runpy.run_path(str(tools / f'{tool}.py'), run_name='__main__')
import mmvad
from mmvad.cli.main import main
new = ['gate', 'videos', '--labels', 'labels.csv', '--features', 'tiny.py']
status = [main(['new', *new])]
with open('gate/config.py', 'a') as file:
    file.write(open('short.py').read())
status.append(main(['run', 'gate', '--device', 'cpu']))
Path('done.json').write_text(json.dumps(dict(package=mmvad.__file__, status=status)))
"""


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """Build the wheel from a copy, so that nothing is left in the checkout."""
    source, out = tmp_path_factory.mktemp('source'), tmp_path_factory.mktemp('wheel')
    for name in SOURCES:
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        copy(REPOSITORY / name, source / name)
    call('pip', 'wheel', '-q', '--no-deps', '--no-build-isolation', '-w', out, source, cwd=out)
    (path,) = out.glob('mmvad-*.whl')
    return path


@pytest.fixture(scope='module')
def python(wheel, tmp_path_factory):
    """An environment of its own with the wheel; what it needs comes from that of the tests."""
    folder = tmp_path_factory.mktemp('environment')
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / 'bin' / 'python'
    call('pip', '-q', '--python', python, 'install', '--no-deps', '--no-index', wheel, cwd=folder)
    (site,) = folder.glob('lib/python*/site-packages')
    needs = {sysconfig.get_path('purelib'), sysconfig.get_path('platlib')}
    (site / 'needs.pth').write_text('\n'.join(sorted(needs)) + '\n')  # not the .pth files there
    return python


def call(module, *arguments, cwd):
    run([sys.executable, '-m', module, *arguments], cwd)


def environment():
    """Give an environment in which nothing leads to the checkout."""
    kept = {name: value for name, value in os.environ.items() if name != 'PYTHONPATH'}
    return dict(kept, OMP_NUM_THREADS='1')


def run(words, cwd):
    process = subprocess.run(
        list(map(str, words)),
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-3000:]


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """A folder of a user, with features, clips, videos and both configs."""
    place = tmp_path_factory.mktemp('user')
    (place / 'detector.py').write_text(DETECTOR)
    (place / 'recognizer.py').write_text(RECOGNIZER)
    cfg = Config.fromfile(REPOSITORY / 'configs' / 'salient_ucf.py')
    for loader, number in ((cfg.train_dataloader, 12), (cfg.test_dataloader, 3)):
        dataset = dict(loader.dataset, data_root=place / loader.dataset.data_root)
        write_split(dataset, number, number, segments=(2, 4))
    (place / 'clips').mkdir()
    for index in range(4):
        frames = np.random.default_rng(index).integers(0, 100 + 50 * index, (24, 40, 40, 3))
        write_video(place / 'clips' / f'{index}.mp4', frames.astype(np.uint8), codec='mpeg4')
    (place / 'clips.txt').write_text(''.join(f'{i}.mp4 {int(i > 1)}\n' for i in range(4)))
    write_table(place / 'labels.csv')
    write_videos(place / 'videos')
    write_features_config(place)
    (place / 'short.py').write_text(SHORT.format(epochs=1))
    return place


@pytest.fixture(scope='module')
def made(python, place):
    """What the installed plugin makes in MMAction2's tools; the first epochs side by side."""
    if not TOOLS.is_dir():
        pytest.skip(f'this mmaction2 brings no tools: {TOOLS}')
    names = ['detector', 'recognizer']
    processes = [
        subprocess.Popen(
            [python, TOOLS / 'train.py', f'{name}.py', '--work-dir', f'own_{name}'],
            cwd=place,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for process in processes:
        error = process.communicate(timeout=300)[1]
        assert process.returncode == 0, error[-3000:]
    run([python, '-c', GO_ON, TOOLS, *names], place)
    return place


def metrics_of(work_dir):
    """Read the metrics that mmengine writes at the end of a test."""
    (path,) = work_dir.glob('*/*.json')
    return {
        name: value
        for name, value in json.loads(path.read_text()).items()
        if not name.endswith('time')
    }


def weights(path):
    return torch.load(path, weights_only=True)['state_dict']


def check(name, place, monkeypatch):
    """Do the same with `tools/train.py` and `tools/test.py`, and compare."""
    monkeypatch.chdir(place)
    train, test = load_tool('train').main, load_tool('test').main
    for epoch, flags in ((1, []), (2, ['--resume', '--cfg-options', 'train_cfg.max_epochs=2'])):
        assert train([f'{name}.py', '--work-dir', f'ours_{name}', *flags]) == 0
        ours, own = (place / f'{whose}_{name}' for whose in ('ours', 'own'))
        expected, found = (weights(path / f'epoch_{epoch}.pth') for path in (ours, own))
        assert expected.keys() == found.keys()
        assert all(value.equal(found[key]) for key, value in expected.items())
        checkpoint = str(ours / f'epoch_{epoch}.pth')
        assert test([f'{name}.py', checkpoint, '--work-dir', str(ours / f'test_{epoch}')]) == 0
        expected = metrics_of(ours / f'test_{epoch}')
        assert expected and expected == metrics_of(own / f'test_{epoch}')
    assert not weights(ours / 'epoch_1.pth')[key_that_trains(name)].equal(
        weights(ours / 'epoch_2.pth')[key_that_trains(name)]
    )


def key_that_trains(name):
    return 'head.fc1.weight' if name == 'detector' else 'cls_head.fc1.weight'


def test_mmaction2_s_tools_run_a_three_line_config_that_inherits_one_of_mmvad(made, monkeypatch):
    assert DETECTOR.count('\n') == 3
    check('detector', made, monkeypatch)


def test_mmaction2_s_tools_run_a_recognizer_with_the_salient_head(made, monkeypatch):
    check('recognizer', made, monkeypatch)


def test_a_project_runs_from_the_wheel(made, python):
    done = json.loads((made / 'done.json').read_text())
    assert done['status'] == [0, 0]
    assert Path(done['package']).is_relative_to(python.parents[1])  # not the checkout
    assert (made / 'gate' / 'review.html').is_file() and (made / 'gate' / 'summary.html').is_file()


def test_the_wheel_brings_the_command(python, tmp_path):
    run([python.with_name('mmvad'), '--version'], tmp_path)
