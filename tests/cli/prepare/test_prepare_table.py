"""The annotation files and lists of a label table."""

import pytest
from own_project import ROWS, write_table, write_videos

from mmvad.cli.prepare.table import main
from mmvad.datasets.annotations import load_annotations


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    return write_videos(tmp_path_factory.mktemp('own'))


def prepare(folder, videos, rows, header='video,label,category,split,events'):
    table = write_table(folder / 'labels.csv', rows, header)
    return main([str(table), str(folder / 'gate'), '--videos', str(videos)])


def test_a_table_gives_both_splits_and_the_lists(tmp_path, videos, capsys):
    assert prepare(tmp_path, videos, ROWS) == 0
    metainfo, tested = load_annotations(tmp_path / 'gate' / 'annotations' / 'test.json')
    assert metainfo['source'] == ['labels.csv'] and metainfo['dataset'] == 'gate'
    assert [video['events'] for video in tested] == [[], [[16, 32]], []]
    lists = {path.name: path.read_text() for path in (tmp_path / 'gate').glob('*.txt')}
    assert lists['calibration.txt'] == 'features/test/e.npy\nfeatures/test/g.npy\n'
    assert lists['videos.txt'].splitlines() == [row.split(',')[0] for row in ROWS]
    assert 'calibration.txt: 2 videos, normal ones of the test' in capsys.readouterr().out


def test_videos_for_the_calibration_are_in_no_other_split(tmp_path, videos):
    rows = [row.replace('b.mp4,normal,,train', 'b.mp4,normal,,calibration') for row in ROWS]
    assert prepare(tmp_path, videos, rows) == 0
    assert (tmp_path / 'gate' / 'calibration.txt').read_text() == 'features/train/b.npy\n'
    _, trained = load_annotations(tmp_path / 'gate' / 'annotations' / 'train.json')
    assert [video['video'] for video in trained] == ['train/a', 'train/c', 'train/d']


def test_a_table_without_splits_says_how_many_are_tested(tmp_path, videos, capsys):
    rows = ['train/a.mp4,0,', 'train/b.mp4,0,', 'train/c.mp4,1,0.1-0.4', 'train/d.mp4,1,0.1-0.4']
    assert prepare(tmp_path, videos, rows, 'video,label,events') == 0
    assert '2 of 4 videos are for the test' in capsys.readouterr().out


def test_a_video_that_is_not_there_is_named_with_its_line(tmp_path, videos, capsys):
    assert prepare(tmp_path, videos, [*ROWS, 'gone.mp4,0,,train,']) == 2
    error = capsys.readouterr().err
    assert f'labels.csv, line 9: there is no video {videos / "gone.mp4"}' in error
    assert error.count('\n') == 1 and not (tmp_path / 'gate').exists()
