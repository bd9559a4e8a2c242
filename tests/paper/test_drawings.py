import numpy as np
import pytest

from mmvad.paper.drawings import (
    bag_sizes_figure,
    categories_figure,
    choose_videos,
    write_bag_sizes,
    write_categories,
    write_curves,
)
from mmvad.scores.scored_video import ScoredVideo

VIDEOS = [
    ScoredVideo(f'{category}/{name}_x264', [0.5], category=category)
    for category, name in (
        ('Burglary', 'Burglary061'),
        ('Burglary', 'Burglary0611'),
        ('Explosion', 'Explosion033'),
        ('Normal', 'Normal_Videos_352'),
        ('Shoplifting', 'Shoplifting015'),
    )
]


def names(videos):
    return [video.name.split('/')[1] for video in videos]


def test_videos_are_found_by_name_or_by_its_beginning():
    assert names(choose_videos(VIDEOS, ['Explosion033'])) == ['Explosion033_x264']
    with pytest.raises(ValueError, match="'Burglary061' fits 2 of the 5 test videos"):
        choose_videos(VIDEOS, ['Burglary061'])


def test_the_papers_videos_are_shown_where_they_are_there_else_the_first_of_each_category():
    assert names(choose_videos(VIDEOS[:1] + VIDEOS[2:], None))[0] == 'Burglary061_x264'
    assert len(choose_videos(VIDEOS[2:], None)) == 3


def test_bars_are_one_a_system_and_category(tmp_path):
    values = {'salient': {'Abuse': 70.0, 'Arson': 60.0}, 'rtfm': {'Abuse': 65.0}}
    heights = [bar.get_height() for bar in categories_figure(values).axes[0].patches]
    assert heights[:3] == [70.0, 60.0, 65.0] and np.isnan(heights[3])
    paths = write_categories(values, tmp_path)
    assert paths[0].read_text().splitlines()[1:] == ['Abuse,70.0,65.0', 'Arson,60.0,']
    assert paths[1].read_text().splitlines()[2:] == [
        '| Abuse | 70.00 | 65.00 |',
        '| Arson | 60.00 | – |',
    ]
    assert paths[2].read_bytes().startswith(b'\x89PNG')


def test_the_best_bag_size_is_circled(tmp_path):
    values = {('salient', 0.0): np.array([[80.0, 82.0], [85.0, 83.0], [70.0, 71.0]])}
    axes = bag_sizes_figure(values, [1, 2, 4], 'AUC').axes[0]
    assert tuple(axes.collections[-1].get_offsets()[0]) == (2.0, 84.0)
    paths = write_bag_sizes(values, [1, 2, 4], 'AUC', tmp_path)
    assert paths[1].read_text().splitlines()[2:] == [
        '| 1 | 81.00 |',
        '| 2 | **84.00** |',
        '| 4 | 70.50 |',
    ]
    lines = paths[0].read_text().splitlines()
    assert lines[0] == 'system,segment_ranking,l,run,AUC'
    assert lines[4] == 'salient,0.0,2,1,83.0'


def test_a_system_has_one_colour_and_its_ranked_segments_a_dashed_line():
    table = np.array([[80.0], [85.0]])
    values = {(name, ranking): table for name in ('a', 'b') for ranking in (0.0, 1.0)}
    lines = bag_sizes_figure(values, [1, 2], 'AUC').axes[0].get_lines()
    assert [line.get_linestyle() for line in lines] == ['-', '--', '-', '--']
    colours = [line.get_color() for line in lines]
    assert colours[0] == colours[1] != colours[2] == colours[3]
    assert [line.get_label() for line in lines[:2]] == ['a', 'a, segments ranked, γ = 1']


def test_one_curve_a_video(tmp_path):
    paths = write_curves(VIDEOS[2:4], tmp_path)
    assert len(paths) == 2 and all(path.stat().st_size > 1000 for path in paths)
