import numpy as np
import pytest

from mmvad.datasets.converters import ucf_crime
from mmvad.evaluation.functional import video_frames
from mmvad.evaluation.prediction import VideoPrediction
from mmvad.timeline import count_segments


def video(num_segments, events=((3, 9),), num_frames=None, tail=None, tolerance=0, label=1):
    return VideoPrediction(
        'the/video',
        np.linspace(0.1, 0.9, num_segments),
        label,
        'Abuse' if label else 'Normal',
        events if label else (),
        num_frames,
        tail,
        tolerance,
    )


def test_peer_protocol_counts_whole_segments_and_cuts_events_there():
    labels, scores = video_frames(video(2, [(3, 9), (30, 40)]), 'peer')
    assert labels.tolist() == [0] * 3 + [1] * 6 + [0] * 21 + [1] * 2
    assert scores.tolist() == [0.1] * 16 + [0.9] * 16


def test_true_length_leaves_out_the_padded_tail():
    labels, scores = video_frames(video(2, [(16, 32)], 18, 'ceil'), 'true_length')
    assert labels.tolist() == [0] * 16 + [1] * 2
    assert scores.tolist() == [0.1] * 16 + [0.9] * 2


def test_true_length_repeats_the_last_score_over_a_dropped_tail():
    labels, scores = video_frames(video(2, [(33, 47)], 47, 'floor'), 'true_length')
    assert labels.tolist() == [0] * 33 + [1] * 14
    assert scores.tolist() == [0.1] * 16 + [0.9] * 31


def test_true_length_repeats_one_whole_segment_where_the_last_was_dropped():
    _, scores = video_frames(video(2, [(3, 9)], 48, 'drop_last'), 'true_length')
    assert scores.tolist() == [0.1] * 16 + [0.9] * 32


def test_both_protocols_agree_where_no_frame_is_left_over():
    exact = video(3, [(5, 30)], 48, 'ceil')
    for peer, true in zip(
        video_frames(exact, 'peer'), video_frames(exact, 'true_length'), strict=True
    ):
        assert peer.tolist() == true.tolist()


def test_segment_short_of_the_rule_needs_the_tolerance():
    with pytest.raises(
        ValueError, match=r"'the/video': expected 3 segments for 50 frames \(tail 'floor', "
    ):
        video_frames(video(2, num_frames=50, tail='floor'), 'peer')
    tolerant = video(2, num_frames=50, tail='floor', tolerance=1)
    assert len(video_frames(tolerant, 'peer')[0]) == 32
    assert len(video_frames(tolerant, 'true_length')[0]) == 50


@pytest.mark.parametrize('protocol', ['peer', 'true_length'])
def test_segment_more_than_the_rule_is_an_error_whatever_the_tolerance(protocol):
    with pytest.raises(ValueError, match=r"'the/video': expected 3 segments .* got 4"):
        video_frames(video(4, num_frames=48, tail='ceil', tolerance=1), protocol)


def test_without_a_tail_rule_the_peer_protocol_trusts_the_features():
    assert len(video_frames(video(9, num_frames=48), 'peer')[0]) == 144


@pytest.mark.parametrize('num_segments', [1, 4])
def test_without_a_tail_rule_true_length_still_wants_segments_that_fit(num_segments):
    with pytest.raises(ValueError, match=f"'the/video': {num_segments} segments .* 48 frames"):
        video_frames(video(num_segments, num_frames=48), 'true_length')


def test_true_length_of_unknown_length_is_an_error():
    with pytest.raises(ValueError, match="'the/video': protocol 'true_length' needs the number"):
        video_frames(video(2), 'true_length')


@pytest.mark.parametrize('event', [(32, 40), (3, 49)])
def test_event_behind_the_segments_of_a_video_of_unknown_length_is_an_error(event):
    with pytest.raises(ValueError, match=r"'the/video': event .* behind the 2 segments \(32"):
        video_frames(video(2, [event]), 'peer')


def test_event_may_end_in_the_one_segment_that_an_extractor_drops():
    assert video_frames(video(2, [(31, 48)]), 'peer')[0].sum() == 1


def test_anomalous_video_without_events_is_an_error():
    with pytest.raises(ValueError, match="'the/video' is anomalous and has no events"):
        video_frames(video(2, []), 'peer')


def test_normal_video_has_no_positive_frame():
    assert video_frames(video(2, label=0), 'peer')[0].sum() == 0


def test_unknown_protocol_is_an_error():
    with pytest.raises(ValueError, match=r"one of .* got 'peers'"):
        video_frames(video(2), 'peers')


@pytest.mark.parametrize('tail', ['ceil', 'floor', 'drop_last'])
@pytest.mark.parametrize('num_frames', [17, 31, 32, 33, 48, 160])
def test_every_tail_rule_gives_the_true_number_of_frames(tail, num_frames):
    fitting = video(count_segments(num_frames, tail), num_frames=num_frames, tail=tail)
    labels, scores = video_frames(fitting, 'true_length')
    assert len(labels) == len(scores) == num_frames


@pytest.mark.parametrize(
    ('family', 'protocol', 'frames', 'positive'),
    [
        ('r50', 'peer', 1_114_144, 84_343),  # the published ground truth
        ('r50', 'true_length', 1_111_808, 84_331),
        (
            'inception',
            'peer',
            1_109_680 + 9 * 16,
            84_160,
        ),  # 9 published files are one segment short
        ('inception', 'true_length', 1_111_808, 84_182),
    ],
)
def test_real_ucf_crime_annotations_give_the_known_totals(
    shared_data, family, protocol, frames, positive
):
    path = shared_data / 'annotations' / 'ucf_crime' / 'Temporal_Anomaly_Annotation_frames.txt'
    metainfo, data_list = ucf_crime.convert_test(path, family)
    labels = [
        video_frames(
            VideoPrediction(
                **entry,
                scores=np.zeros(count_segments(entry['num_frames'], metainfo['tail'])),
                tail=metainfo['tail'],
                segments_tolerance=metainfo['segments_tolerance'],
            ),
            protocol,
        )[0]
        for entry in data_list
    ]
    assert len(labels) == 290
    assert (sum(map(len, labels)), sum(int(part.sum()) for part in labels)) == (frames, positive)
