import pytest

from mmvad.datasets.annotations import make_entry, make_metainfo
from mmvad.scores.annotating import annotate_videos, match_annotations, relabel_videos
from mmvad.scores.scored_video import ScoredVideo

METAINFO = make_metainfo('toy', 'test', 'ceil')


def entry(name, events=()):
    return make_entry(name, 'Riot' if events else 'Normal', 32, events)


def test_annotations_are_matched_by_the_end_of_the_path():
    entries = [entry('gate', [(3, 9)]), entry('test/gate', [(5, 7)]), entry('yard.v2')]
    names = ['a/test/gate.mp4', 'b/gate.npy', 'yard.v2.avi', 'x/other_gate.mp4', 'c:\\yard.v2']
    found = match_annotations(names[:4], entries)
    assert {name: each['events'] for name, each in found.items()} == {
        'a/test/gate.mp4': [[5, 7]],
        'b/gate.npy': [[3, 9]],
        'yard.v2.avi': [],
    }
    assert match_annotations(names[4:], entries)['c:\\yard.v2']['video'] == 'yard.v2'
    with pytest.raises(
        ValueError, match=r"x/gate\.mp4 and y/gate\.mp4 are both annotated as 'gate'"
    ):
        match_annotations(['x/gate.mp4', 'y/gate.mp4'], entries)
    with pytest.raises(ValueError, match=r"is annotated: 'a\.mp4' ends with none of 3 names"):
        match_annotations(['a.mp4'], entries)


def test_videos_without_an_annotation_stay_as_they_are():
    videos = [ScoredVideo('a', [0.5, 0.7]), ScoredVideo('b', [0.5])]
    annotated, other = annotate_videos(videos, METAINFO, [entry('a', [(3, 9)])])
    assert (annotated.label, annotated.annotated_events) == (1, ((3, 9),))
    assert (annotated.clock.num_frames, annotated.tail) == (32, 'ceil')
    assert other is videos[1]


def test_an_annotation_that_does_not_fit_names_the_video():
    with pytest.raises(ValueError, match=r"video 'a': 3 segments of 16 frames do not fit 32"):
        annotate_videos([ScoredVideo('a', [0.5] * 3)], METAINFO, [entry('a')])


def test_relabelled_videos_come_in_the_order_of_the_annotations_and_none_is_lacking():
    videos = [ScoredVideo(name, [0.5, 0.5]) for name in 'ba']
    found = relabel_videos(videos, METAINFO, [entry('a'), entry('b')])
    assert [video.name for video in found] == ['a', 'b']
    with pytest.raises(ValueError, match="the scores lack 1 of the videos, first 'c'"):
        relabel_videos(videos, METAINFO, [entry('a'), entry('b'), entry('c')])
    with pytest.raises(ValueError, match="the annotations lack 1 of the videos, first 'b'"):
        relabel_videos(videos, METAINFO, [entry('a')])
