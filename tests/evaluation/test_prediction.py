import numpy as np
import pytest
import torch
from predictions import random_videos, to_sample

from mmvad.evaluation.prediction import (
    SAMPLE_KEYS,
    VideoPrediction,
    check_complete,
    prediction_from_sample,
)


def make(**changes):
    fields = {
        'video': 'the/video',
        'scores': [0.1, 0.9],
        'label': 1,
        'category': 'Abuse',
        'events': [(3, 9)],
        'num_frames': 20,
        'tail': 'ceil',
        'segments_tolerance': 0,
    }
    return VideoPrediction(**{**fields, **changes})


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        ({'scores': []}, r'expected scores of shape \(S,\) with S >= 1, got \(0,\)'),
        ({'scores': [[0.1]]}, r'expected scores of shape \(S,\) with S >= 1, got \(1, 1\)'),
        ({'scores': [0.1, 1.5]}, r'scores must lie in \[0, 1\], segment 1 has 1.5'),
        ({'scores': [-0.1, 0.5]}, r'scores must lie in \[0, 1\], segment 0 has -0.1'),
        ({'scores': [0.1, np.nan]}, r'scores must lie in \[0, 1\], segment 1 has nan'),
        ({'label': 2}, 'label must be 0 or 1, got 2'),
        ({'label': 0.5}, 'label must be a whole number, got 0.5'),
        ({'category': 'Normal'}, "got label 1 and category 'Normal'"),
        ({'label': 0}, "got label 0 and category 'Abuse'"),
        ({'num_frames': 0, 'events': []}, 'num_frames must be at least 1, got 0'),
        ({'num_frames': 20.0}, 'num_frames must be a whole number, got 20.0'),
        ({'tail': 'round'}, "tail must be None or one of .* got 'round'"),
        ({'segments_tolerance': -1}, 'segments_tolerance must not be negative, got -1'),
        ({'segments_tolerance': None}, 'segments_tolerance must be a whole number, got None'),
        ({'label': 0, 'category': 'Normal'}, 'a normal video has no events'),
        ({'events': [(9, 9)]}, r'0 <= start < end, got \[9, 9\)'),
        ({'events': [(-1, 9)]}, r'0 <= start < end, got \[-1, 9\)'),
        ({'events': [(1, 9, 12)]}, r'an event is \[start, end\), got \(1, 9, 12\)'),
        ({'events': [(1.5, 9)]}, 'event start must be a whole number, got 1.5'),
        ({'events': [(20, 22)]}, r'event \[20, 22\) lies outside .* 20 frames \(32 with'),
        ({'events': [(3, 33)]}, r'event \[3, 33\) lies outside .* 20 frames \(32 with'),
    ],
)
def test_field_that_does_not_fit_is_an_error_that_names_the_video(changes, text):
    with pytest.raises(ValueError, match=f"video 'the/video': .*{text}"):
        make(**changes)


def test_event_may_reach_into_the_padded_tail():
    assert make(events=[(3, 32)]).events == ((3, 32),)


def test_scores_are_copied_without_rounding():
    scores = np.random.default_rng(0).random(5, np.float32)
    prediction = make(scores=scores, num_frames=None)
    assert prediction.scores.astype(np.float32).tolist() == scores.tolist()
    scores[0] = 0
    assert prediction.scores[0] != 0


def test_sample_unpacks_to_the_same_prediction():
    for video in random_videos():
        unpacked = prediction_from_sample(to_sample(video).to_dict())
        assert vars(unpacked).keys() == vars(video).keys()
        for name, value in vars(video).items():
            assert np.array_equal(getattr(unpacked, name), value), name


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float64])
def test_scores_of_any_float_type_unpack(dtype):
    sample = to_sample(make()).to_dict()
    sample['pred_segment_scores'] = torch.tensor([0.25, 0.5], dtype=dtype, requires_grad=True)
    assert prediction_from_sample(sample).scores.tolist() == [0.25, 0.5]


@pytest.mark.parametrize('key', SAMPLE_KEYS)
def test_sample_that_lacks_a_key_is_an_error_that_names_it(key):
    sample = to_sample(make()).to_dict()
    del sample[key]
    with pytest.raises(ValueError, match=rf"data sample of video .* lacks \['{key}'\]"):
        prediction_from_sample(sample)


def test_sample_of_two_labels_is_an_error():
    sample = {**to_sample(make()).to_dict(), 'gt_label': torch.tensor([0, 1])}
    with pytest.raises(ValueError, match=r"'the/video': expected one label, got \[0, 1\]"):
        prediction_from_sample(sample)


def test_other_number_of_scores_than_segments_is_an_error():
    sample = to_sample(make(), num_segments=3).to_dict()
    with pytest.raises(ValueError, match=r"'the/video': expected one score .* 3 segments, got 2"):
        prediction_from_sample(sample)


def test_complete_predictions_pass():
    check_complete(random_videos(num_videos=9), size=9)


@pytest.mark.parametrize('size', [8, 10])
def test_other_number_of_videos_than_the_data_set_is_an_error(size):
    with pytest.raises(ValueError, match=f'expected predictions of {size} videos, got 9'):
        check_complete(random_videos(num_videos=9), size=size)


def test_video_twice_is_an_error_that_names_it():
    videos = random_videos()
    with pytest.raises(ValueError, match="'folder/video 3' was predicted more than once"):
        check_complete([*videos, videos[3]])


def test_no_prediction_is_an_error():
    with pytest.raises(ValueError, match='the list of predictions is empty'):
        check_complete([])
