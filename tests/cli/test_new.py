"""A project folder from videos, with a table and without."""

import json

import pytest
from mmengine.config import Config
from own_project import ROWS, write_features_config, write_table, write_videos

from mmvad.cli.new import main
from mmvad.datasets.annotations import load_annotations
from mmvad.datasets.converters.label_table import read_table


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    return write_videos(tmp_path_factory.mktemp('own') / 'videos')


@pytest.fixture
def new(tmp_path, videos):
    def make(*flags, sources=(videos,)):
        argv = [str(tmp_path / 'gate'), *map(str, sources), *map(str, flags)]
        return main(argv)

    return make


def test_a_table_gives_annotations_and_configs_that_load(new, tmp_path, capsys):
    assert new('--labels', write_table(tmp_path / 'mine.csv')) == 0
    gate = tmp_path / 'gate'
    _, tested = load_annotations(gate / 'annotations' / 'test.json')
    assert [(video['video'], video['events']) for video in tested] == [
        ('test/e', []),
        ('test/f', [[16, 32]]),  # 0.64 to 1.28 s at 25 frames a second
        ('test/g', []),
    ]
    _, trained = load_annotations(gate / 'annotations' / 'train.json')
    assert [video['category'] for video in trained] == ['Normal', 'Normal', 'Fight', 'Fire']
    cfg = Config.fromfile(gate / 'config.py')
    dataset = cfg.train_dataloader.dataset
    assert dataset.data_root == str(gate) and dataset.features.pattern == '{video}.npy'
    assert cfg.model.head.in_channels == 2560 and cfg.model.head.segment_ranking == 1.0
    extractor = Config.fromfile(gate / 'features.py').extractor
    assert extractor.backbone.type == 'EfficientNetLite' and extractor.clip_frames == 8
    assert (gate / 'videos.txt').read_text().splitlines() == [row.split(',')[0] for row in ROWS]
    assert capsys.readouterr().out.endswith(f'next: mmvad run {gate}\n')


def test_without_a_table_one_is_written_to_be_filled_in(new, tmp_path, capsys):
    assert new() == 0
    rows = read_table(tmp_path / 'gate' / 'table.csv')
    first = rows[0]
    assert (first.video, first.label, first.split) == ('test/e.mp4', None, 'test')
    assert not (tmp_path / 'gate' / 'annotations').exists()
    out = capsys.readouterr().out
    assert f'{tmp_path / "gate" / "table.csv"} lists 7 videos\nfill it in: label 0' in out


def test_names_of_folders_fill_the_table(tmp_path, capsys):
    for name in ('normal/a.mp4', 'anomalous/b.mp4'):
        (tmp_path / 'videos' / name).parent.mkdir(parents=True)
        (tmp_path / 'videos' / name).touch()
    assert main([str(tmp_path / 'gate'), str(tmp_path / 'videos')]) == 0
    rows = read_table(tmp_path / 'gate' / 'table.csv')
    assert {row.video: row.label for row in rows} == {'anomalous/b.mp4': 1, 'normal/a.mp4': 0}
    assert '2 labels come from the names of folders' in capsys.readouterr().out


def test_nothing_is_replaced_without_the_flag(new, tmp_path, capsys):
    table = write_table(tmp_path / 'mine.csv')
    new('--labels', table)
    (tmp_path / 'gate' / 'table.csv').write_text('mine')
    capsys.readouterr()
    assert new('--labels', table) == 2
    error = capsys.readouterr().err
    assert 'already there: ' in error and '--overwrite' in error and error.count('\n') == 1
    assert (tmp_path / 'gate' / 'table.csv').read_text() == 'mine'
    assert new('--labels', table, '--overwrite') == 0
    assert len(read_table(tmp_path / 'gate' / 'table.csv')) == 7


@pytest.mark.parametrize(
    ('row', 'message'),
    [
        ('gone.mp4,1,,train,', 'gone.mp4 is the name of no video below'),
        ('train/a.mp4,maybe,,train,', "label must be one of 0, normal, 1, anomalous, got 'maybe'"),
        ('train/a.mp4,1,,test,', 'has no events'),
        ('train/a.mp4,1,,test,40:60', 'an event is start-end in seconds'),
        ('train/a.mp4,1,,test,0.5-30', 'event 0.5-30 of train/a.mp4: it ends after the video'),
        ('train/a.mp4,0,,train', 'expected 5 values, got 4'),
    ],
)
def test_a_bad_row_ends_in_one_line_with_file_and_line(new, tmp_path, capsys, row, message):
    table = write_table(tmp_path / 'mine.csv', [*ROWS[1:], row])
    assert new('--labels', table) == 2
    error = capsys.readouterr().err
    assert message in error and ', line 8: ' in error and error.count('\n') == 1


def test_videos_that_the_table_lacks_are_named(new, tmp_path, capsys):
    assert new('--labels', write_table(tmp_path / 'mine.csv', ROWS[1:])) == 0
    assert 'not in the table, left out: 1, train/a.mp4' in capsys.readouterr().out


def test_a_feature_config_of_ones_own_is_inherited(new, tmp_path):
    flags = ['--labels', write_table(tmp_path / 'mine.csv')]
    assert new(*flags, '--features', write_features_config(tmp_path)) == 0
    assert Config.fromfile(tmp_path / 'gate' / 'features.py').extractor.crop_size == 32


def test_a_network_without_weights_names_the_flag(new, capsys):
    assert new('--features', 'i3d_r50_port') == 2
    assert ': error: --feature-weights: the feature config i3d_r50_port' in capsys.readouterr().err


def test_weights_and_crops_of_another_network_reach_the_configs(new, tmp_path):
    (tmp_path / 'net.pth').touch()
    assert new('--features', 'i3d_r50_port', '--feature-weights', tmp_path / 'net.pth') == 0
    extractor = Config.fromfile(tmp_path / 'gate' / 'features.py').extractor
    assert extractor.weights == str(tmp_path / 'net.pth')
    features = Config.fromfile(tmp_path / 'gate' / 'config.py').test_dataloader.dataset.features
    assert (features.num_crops, features.num_channels) == (10, 2048)


def test_single_videos_start_at_the_folder_that_holds_all(new, videos, tmp_path):
    sources = (videos / 'train' / 'a.mp4', videos / 'test')
    assert new(sources=sources) == 0
    names = [row.video for row in read_table(tmp_path / 'gate' / 'table.csv')]
    assert names == ['test/e.mp4', 'test/f.mp4', 'test/g.mp4', 'train/a.mp4']
    assert json.loads((tmp_path / 'gate' / 'project.json').read_text())['videos'] == str(videos)
