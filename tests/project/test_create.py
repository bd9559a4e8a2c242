"""Videos, rows and texts of a new project."""

import pytest

from mmvad.datasets.converters.label_table import Row, read_table
from mmvad.project.create import (
    find_project_videos,
    match_rows,
    rows_of_folders,
    table_text,
)


@pytest.fixture
def videos(tmp_path):
    for name in ('x/a.mp4', 'x/b.avi', 'y/a.mkv'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_names_start_at_the_folder_that_holds_all(videos):
    assert find_project_videos([videos]) == (videos, ['x/a.mp4', 'x/b.avi', 'y/a.mkv'])
    assert find_project_videos([videos / 'x']) == (videos / 'x', ['a.mp4', 'b.avi'])
    assert find_project_videos([videos / 'x' / 'a.mp4', videos / 'y'])[0] == videos


def test_a_source_without_a_video_is_refused(tmp_path):
    with pytest.raises(ValueError, match='no video found in'):
        find_project_videos([tmp_path])


def test_videos_whose_features_would_have_one_name_are_refused(videos):
    (videos / 'x' / 'a.mov').touch()
    with pytest.raises(ValueError, match=r'their extension only: x/a\.mov and x/a\.mp4'):
        find_project_videos([videos])


@pytest.mark.parametrize('name', ['y/a', 'y/a.mkv', '/v/y/a.mkv'])
def test_a_row_is_about_the_video_whose_path_ends_so(videos, name):
    root, names = find_project_videos([videos])
    name = name.replace('/v/', f'{videos}/')
    rows, left = match_rows([Row('line 2', name, 0)], root, names)
    assert rows[0].video == 'y/a.mkv' and left == ['x/a.mp4', 'x/b.avi']


@pytest.mark.parametrize(
    ('names', 'message'),
    [
        (['a'], r'line 2: a is the name of several videos: x/a\.mp4, y/a\.mkv'),
        (['c.mp4'], r'line 2: c\.mp4 is the name of no video below'),
        (['b', 'x/b.avi'], r'line 3: x/b\.avi stands already in line 2'),
    ],
)
def test_rows_that_fit_no_single_video_are_refused(videos, names, message):
    rows = [Row(f'line {number}', name, 0) for number, name in enumerate(names, 2)]
    with pytest.raises(ValueError, match=message):
        match_rows(rows, *find_project_videos([videos]))


def test_folders_of_both_labels_say_nothing():
    rows = rows_of_folders(['Normal/a.mp4', 'normal/anomalous/b.mp4', 'calibration/c.mp4'])
    assert [(row.label, row.split) for row in rows] == [(0, ''), (None, ''), (None, 'calibration')]


def test_a_table_comes_back_as_it_was_written(tmp_path):
    rows = [Row('', 'x, y/a.mp4', 1, 'Fight', 'test', ((3.3333, 5.3333), (7200.5, 7201)))]
    (tmp_path / 'table.csv').write_text(table_text(rows))
    (row,) = read_table(tmp_path / 'table.csv')
    assert (row.video, row.events) == (rows[0].video, rows[0].events)
