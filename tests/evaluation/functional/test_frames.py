import numpy as np
import pytest
from toy_videos import make_video

from mmvad.datasets.converters import ucf_crime
from mmvad.evaluation.functional import video_frames
from mmvad.scores.scored_video import ScoredVideo
from mmvad.timeline import count_segments


def video(num_segments, events=((3, 9),), num_frames=None, tail=None, tolerance=0, label=1):
    return make_video(
        'the/video',
        np.linspace(0, 1, num_segments),
        'Abuse' if label else 'Normal',
        events if label else (),
        num_frames,
        tail,
        tolerance,
    )


def test_segments_count_whole_and_events_are_cut_there():
    labels, scores = video_frames(video(2, [(3, 9), (30, 40)]), 'segments')
    assert labels.tolist() == [0] * 3 + [1] * 6 + [0] * 21 + [1] * 2
    assert scores.tolist() == [0.0] * 16 + [1.0] * 16


def test_true_frames_leave_out_the_padded_tail():
    labels, scores = video_frames(video(2, [(16, 32)], 18, 'ceil'), 'true')
    assert labels.tolist() == [0] * 16 + [1] * 2
    assert scores.tolist() == [0.0] * 16 + [1.0] * 2


def test_true_frames_repeat_the_last_score_over_a_dropped_tail():
    labels, scores = video_frames(video(2, [(33, 47)], 47, 'floor'), 'true')
    assert labels.tolist() == [0] * 33 + [1] * 14
    assert scores.tolist() == [0.0] * 16 + [1.0] * 31


def test_true_frames_repeat_one_whole_segment_where_the_last_was_dropped():
    _, scores = video_frames(video(2, [(3, 9)], 48, 'drop_last'), 'true')
    assert scores.tolist() == [0.0] * 16 + [1.0] * 32


def test_both_counts_agree_where_no_frame_is_left_over():
    exact = video(3, [(5, 30)], 48, 'ceil')
    for counted, true in zip(
        video_frames(exact, 'segments'), video_frames(exact, 'true'), strict=True
    ):
        assert counted.tolist() == true.tolist()


def test_segment_short_of_the_rule_needs_the_tolerance():
    with pytest.raises(
        ValueError, match=r"'the/video': expected 3 segments for 50 frames \(tail 'floor', "
    ):
        video_frames(video(2, num_frames=50, tail='floor'), 'segments')
    tolerant = video(2, num_frames=50, tail='floor', tolerance=1)
    assert len(video_frames(tolerant, 'segments')[0]) == 32
    assert len(video_frames(tolerant, 'true')[0]) == 50


def test_segments_that_start_behind_the_last_frame_are_an_error_whatever_the_tolerance():
    with pytest.raises(ValueError, match=r'4 segments of 16 frames do not fit 48 frames'):
        video(4, num_frames=48, tail='ceil', tolerance=1)


@pytest.mark.parametrize('frame_count', ['segments', 'true'])
def test_segment_more_than_the_rule_is_an_error(frame_count):
    with pytest.raises(ValueError, match=r"'the/video': expected 2 segments .* got 3"):
        video_frames(video(3, num_frames=47, tail='floor'), frame_count)


def test_without_a_tail_rule_segments_are_those_of_the_features():
    assert len(video_frames(video(2, num_frames=100), 'segments')[0]) == 32


def test_without_a_tail_rule_true_frames_still_need_segments_that_fit():
    with pytest.raises(ValueError, match=r"'the/video': 1 segments .* 48 frames"):
        video_frames(video(1, num_frames=48), 'true')


def test_true_frames_of_unknown_length_is_an_error():
    with pytest.raises(ValueError, match="'the/video': frame_count 'true' needs the number"):
        video_frames(video(2), 'true')


@pytest.mark.parametrize('event', [(32, 40), (3, 49)])
def test_event_behind_the_segments_of_a_video_of_unknown_length_is_an_error(event):
    with pytest.raises(ValueError, match=r"'the/video': event .* beyond the 2 segments \(32"):
        video_frames(video(2, [event]), 'segments')


def test_event_may_end_in_the_one_segment_that_an_extractor_drops():
    assert video_frames(video(2, [(31, 48)]), 'segments')[0].sum() == 1


def test_anomalous_video_without_events_is_an_error():
    with pytest.raises(ValueError, match="'the/video' is anomalous and has no events"):
        video_frames(video(2, []), 'segments')


def test_normal_video_has_no_positive_frame():
    assert video_frames(video(2, label=0), 'segments')[0].sum() == 0


def test_unknown_frame_count_is_an_error():
    with pytest.raises(ValueError, match=r"one of .* got 'peer'"):
        video_frames(video(2), 'peer')


@pytest.mark.parametrize('tail', ['ceil', 'floor', 'drop_last'])
@pytest.mark.parametrize('num_frames', [17, 31, 32, 33, 48, 160])
def test_every_tail_rule_gives_the_true_number_of_frames(tail, num_frames):
    fitting = video(count_segments(num_frames, tail), num_frames=num_frames, tail=tail)
    labels, scores = video_frames(fitting, 'true')
    assert len(labels) == len(scores) == num_frames


@pytest.mark.parametrize(
    ('family', 'frame_count', 'frames', 'positive'),
    [
        ('r50', 'segments', 1_114_144, 84_343),  # the published ground truth
        ('r50', 'true', 1_111_808, 84_331),
        (
            'inception',
            'segments',
            1_109_680 + 9 * 16,
            84_160,
        ),  # 9 published files are one segment short
        ('inception', 'true', 1_111_808, 84_182),
    ],
)
def test_real_ucf_crime_annotations_give_the_known_totals(
    shared_data, family, frame_count, frames, positive
):
    path = shared_data / 'annotations' / 'ucf_crime' / 'Temporal_Anomaly_Annotation_frames.txt'
    metainfo, data_list = ucf_crime.convert_test(path, family)
    labels = [
        video_frames(
            ScoredVideo(
                entry['video'], np.zeros(count_segments(entry['num_frames'], metainfo['tail']))
            ).annotate(entry, metainfo),
            frame_count,
        )[0]
        for entry in data_list
    ]
    assert len(labels) == 290
    assert (sum(map(len, labels)), sum(int(part.sum()) for part in labels)) == (frames, positive)
