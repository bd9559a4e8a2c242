import importlib
from pathlib import Path

import numpy as np
import pytest

from mmvad.cli.prepare import DATASETS, main
from mmvad.datasets.annotations import load_annotations

DATA_TOOLS = Path(__file__).resolve().parents[2] / 'tools' / 'data'
NAMES = ('custom', 'ped2', 'shanghaitech', 'ucf_crime', 'xd_violence')


def load(name):
    return importlib.import_module(DATASETS[name][0]).main


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace('__dot__', '.')).write_text(text)


def videos(path):
    return [entry['video'] for entry in load_annotations(path)[1]]


def test_every_data_set_has_a_tool_and_a_guide_that_names_it():
    assert sorted(path.name for path in DATA_TOOLS.iterdir()) == sorted(NAMES) == sorted(DATASETS)
    for name in NAMES:
        guide = (DATA_TOOLS / name / 'README.md').read_text(encoding='utf-8')
        assert guide.startswith('# Preparing ')
        assert f'tools/data/{name}/prepare.py' in guide
        assert 'tools/check_data.py' in guide


def test_ucf_crime_writes_a_file_a_split_and_family(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = Path('data/ucf_crime/annotations')
    write(
        folder,
        Anomaly_Train__dot__txt='Abuse/Abuse001_x264.mp4\n',
        Temporal_Anomaly_Annotation_frames__dot__txt='Arson011_x264.mp4 Arson 3 9 -1 -1 40\n',
        train__dot__list='G:\\x\\Abuse001_x264_i3d.npy\r\n',
    )
    load('ucf_crime')(['--train-list', 'train.list'])
    load('ucf_crime')(['--family', 'inception'])
    assert videos(folder / 'train.json') == ['Abuse/Abuse001_x264']
    assert load_annotations(folder / 'test.json')[1][0]['events'] == [[3, 10]]
    assert load_annotations(folder / 'test_inception.json')[1][0]['events'] == [[3, 9]]
    assert load_annotations(folder / 'train_inception.json')[0]['tail'] == 'floor'
    assert f'{folder}/train.json: 1 videos' in capsys.readouterr().out


def test_shanghaitech_writes_a_file_a_split(tmp_path):
    write(tmp_path, SH_Train__dot__txt='01_002\n', SH_Test__dot__txt='01_0014\n')
    (tmp_path / 'test_frame_mask').mkdir()
    np.save(tmp_path / 'test_frame_mask' / '01_0014.npy', np.repeat([0, 1], [3, 17]))
    load('shanghaitech')(['--source', str(tmp_path), '--out', str(tmp_path / 'out')])
    assert videos(tmp_path / 'out' / 'train.json') == ['01_002']
    assert load_annotations(tmp_path / 'out' / 'test.json')[1][0]['events'] == [[3, 32]]


def test_xd_violence_writes_a_file_a_split(tmp_path):
    crops = ''.join(f'/x/v=1_label_G-0-0__{crop}.npy\n' for crop in range(5))
    write(
        tmp_path,
        rgb__dot__list=crops,
        rgb_test__dot__list=crops,
        audio__dot__list='/x/v=1_label_G-0-0__vggish.npy\n',
        audio_test__dot__list='/x/v=1_label_G-0-0__vggish.npy\n',
        annotations__dot__txt='v=1_label_G-0-0.mp4 3 9\n',
    )
    load('xd_violence')(['--source', str(tmp_path), '--out', str(tmp_path), '--audio'])
    assert videos(tmp_path / 'train.json') == ['v=1_label_G-0-0']
    assert load_annotations(tmp_path / 'test.json')[1][0]['events'] == [[3, 9]]


def test_ped2_writes_a_file_a_split(tmp_path):
    write(tmp_path, ped2__dot__list='Train007_i3d.npy', **{'ped2-test.list': 'Test001_i3d.npy'})
    np.save(tmp_path / 'Test001_i3d.npy', np.zeros((1, 1, 4), np.float32))
    np.save(tmp_path / 'gt-ped2.npy', np.repeat([0, 1], [3, 13]))
    folder = str(tmp_path)
    load('ped2')(['--source', folder, '--features', folder, '--out', folder])
    assert videos(tmp_path / 'train.json') == ['Train007']
    assert load_annotations(tmp_path / 'test.json')[1][0]['events'] == [[3, 16]]


def test_custom_writes_the_split_it_is_told(tmp_path):
    write(tmp_path, mine__dot__csv='video,label,num_frames,events\ngate/a.mp4,1,40,3:9\n')
    out = tmp_path / 'test.json'
    arguments = [str(tmp_path / 'mine.csv'), str(out), '--split', 'test', '--dataset', 'mine']
    assert main(['custom', *arguments, '--tail', 'unknown', '--folder', 'test']) == 0
    metainfo, data_list = load_annotations(out)
    assert (metainfo['dataset'], metainfo['tail']) == ('mine', None)
    assert data_list[0]['video'] == 'test/gate/a'


@pytest.mark.parametrize('name', ['ucf_crime', 'shanghaitech', 'xd_violence', 'ped2'])
def test_missing_source_ends_in_one_line_and_status_2(name, tmp_path, capsys):
    absent = str(tmp_path / 'absent')
    assert main([name, '--source', absent, '--out', str(tmp_path / 'out')]) == 2
    error = capsys.readouterr().err
    assert absent in error and error.count('\n') == 1
    assert not (tmp_path / 'out').exists()


def test_unknown_data_set_is_named_with_a_close_one(capsys):
    assert main(['ucf_crimes']) == 2
    assert "there is no command 'ucf_crimes'; did you mean 'ucf_crime'?" in capsys.readouterr().err
