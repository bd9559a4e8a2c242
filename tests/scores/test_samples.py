import pytest
import torch
from scored_examples import assert_same

from mmvad.clock import Clock
from mmvad.scores.samples import video_from_sample
from mmvad.scores.scored_video import ScoredVideo


def make(**changes):
    fields = dict(
        name='the/video',
        scores=[0.1, 0.9],
        clock=Clock(2, 20),
        label=1,
        category='Abuse',
        annotated_events=[(3, 9)],
        tail='ceil',
    )
    return ScoredVideo(**{**fields, **changes})


def sample_of(video, **changes):
    sample = dict(
        video=video.name,
        num_frames=None if video.clock is None else video.clock.num_frames,
        num_segments=len(video.scores),
        category=video.category,
        events=list(video.annotated_events or ()),
        tail=video.tail,
        segments_tolerance=video.segments_tolerance,
        gt_label=torch.tensor([video.label]),
        pred_segment_scores=torch.from_numpy(video.scores.copy()),
    )
    return {**sample, **changes}


def test_sample_unpacks_to_the_same_video():
    normal = ScoredVideo('b', [0.25], Clock(1, 9), 0, 'Normal', (), tail='floor')
    for video in (make(), normal, make(annotated_events=None), make(segments_tolerance=2)):
        assert_same(video_from_sample(sample_of(video)), video)


def test_clock_of_a_sample_is_taken():
    clock = Clock(2, 20, 25)
    assert video_from_sample(sample_of(make(), clock=clock)).clock is clock


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float64])
def test_scores_of_any_float_type_unpack(dtype):
    scores = torch.tensor([0.25, 0.5], dtype=dtype, requires_grad=True)
    video = video_from_sample(sample_of(make(), pred_segment_scores=scores))
    assert video.scores.tolist() == [0.25, 0.5]


@pytest.mark.parametrize('key', sample_of(make()))
def test_sample_that_lacks_a_key_is_an_error_that_names_it(key):
    sample = sample_of(make())
    del sample[key]
    with pytest.raises(ValueError, match=rf"data sample of video .* lacks \['{key}'\]"):
        video_from_sample(sample)


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        (dict(gt_label=torch.tensor([0, 1])), r'expected one label, got \[0, 1\]'),
        (dict(num_segments=3, num_frames=None), 'expected one score for each of its 3 segments'),
        (dict(num_frames=0), '2 segments of 16 frames do not fit 0 frames'),
        (dict(num_frames=20.0), 'num_frames must be a whole number, got 20.0'),
    ],
)
def test_sample_that_does_not_fit_is_an_error_that_names_the_video(changes, text):
    with pytest.raises(ValueError, match=rf"video 'the/video': .*{text}"):
        video_from_sample(sample_of(make(), **changes))
