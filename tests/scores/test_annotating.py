import pytest

from mmvad.scores.annotating import annotate_videos, match_annotations, relabel_videos
from mmvad.scores.scored_video import ScoredVideo

METAINFO = dict(tail='ceil', segments_tolerance=1)


def entry(name, **changes):
    known = dict(video=name, num_frames=32, label=1, category='Abuse', events=[[3, 9]])
    return {**known, **changes}


def matched(names, annotated):
    found = match_annotations(names, [dict(video=name) for name in annotated])
    return {name: each['video'] for name, each in found.items()}


@pytest.mark.parametrize(
    'path',
    ['b/c', 'b/c.mp4', 'a/b/c.mp4', '/data/a/b/c.mp4', 'D:\\data\\b\\c.mp4', 'http://host/b/c.mp4'],
)
def test_a_path_is_annotated_where_it_ends_with_the_name(path):
    assert matched([path], ['b/c', 'x']) == {path: 'b/c'}


def test_a_name_with_a_dot_is_no_extension():
    assert matched(['v/a.b.mp4', 'w/a.c'], ['a.b', 'a.c']) == {'v/a.b.mp4': 'a.b', 'w/a.c': 'a.c'}


def test_the_dot_of_a_folder_begins_no_extension():
    assert matched(['set.v2/a', 'b.mp4'], ['set', 'b']) == {'b.mp4': 'b'}


def test_half_a_folder_s_name_is_no_match():
    assert matched(['xa/b.mp4', 'c.mp4'], ['a/b', 'c']) == {'c.mp4': 'c'}


def test_the_longest_name_is_taken():
    assert matched(['test/a.mp4'], ['a', 'test/a']) == {'test/a.mp4': 'test/a'}


def test_two_videos_of_one_annotation_are_an_error():
    with pytest.raises(ValueError, match=r"x/a.mp4 and y/a.avi are both annotated as 'a'"):
        matched(['x/a.mp4', 'y/a.avi'], ['a'])


def test_no_annotated_video_is_an_error_that_names_both_sides():
    with pytest.raises(ValueError, match=r"none .* annotated: 'c.mp4' ends with none of 2 .* 'a'"):
        matched(['c.mp4'], ['a', 'b'])
    with pytest.raises(ValueError, match='there is no video to find an annotation of'):
        matched([], ['a'])


def test_videos_without_an_annotation_stay_as_they_are():
    videos = [ScoredVideo('x/a.mp4', [0.5, 0.7]), ScoredVideo('x/b.mp4', [0.5])]
    first, second = annotate_videos(videos, METAINFO, [entry('a'), entry('c')])
    assert (first.name, first.label, first.annotated_events) == ('x/a.mp4', 1, ((3, 9),))
    assert (first.clock.num_frames, first.tail, first.segments_tolerance) == (32, 'ceil', 1)
    assert second is videos[1]


def test_relabelled_videos_come_in_the_order_of_the_annotations():
    videos = [ScoredVideo('a', [0.1, 0.2]), ScoredVideo('b', [0.8, 0.9], label=0)]
    found = relabel_videos(videos, METAINFO, [entry('b'), entry('a', num_frames=30)])
    assert [video.name for video in found] == ['b', 'a']
    assert found[0].scores.tolist() == videos[1].scores.tolist()
    assert [video.clock.num_frames for video in found] == [32, 30]
    assert found[0].label == 1


@pytest.mark.parametrize(
    ('scored', 'annotated', 'text'),
    [
        ('abd', 'a', "annotations lack 2 of the videos, first 'b'"),
        ('a', 'abc', "the scores lack 2 of the videos, first 'b'"),
    ],
)
def test_relabelling_takes_the_same_videos_on_both_sides(scored, annotated, text):
    videos = [ScoredVideo(name, [0.5, 0.5]) for name in scored]
    with pytest.raises(ValueError, match=text):
        relabel_videos(videos, METAINFO, [entry(name) for name in annotated])


def test_annotation_that_does_not_fit_names_the_video():
    with pytest.raises(ValueError, match=r"video 'a': event \[3, 99\) lies outside"):
        annotate_videos([ScoredVideo('a', [0.5, 0.5])], METAINFO, [entry('a', events=[[3, 99]])])
