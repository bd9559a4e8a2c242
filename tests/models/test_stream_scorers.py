import pytest
import torch
from mmaction.registry import MODELS
from toy_detector import detector_config

from mmvad.models.stream_scorers import BagScorer, SlidingScorer, build_scorer


def make_detector(name='salient_ucf', **options):
    torch.manual_seed(0)
    return MODELS.build(detector_config(name, **options).model).eval()


@pytest.mark.parametrize('sizes', [[1] * 8, [8], [2, 4, 2], [5, 3]])
@pytest.mark.parametrize('scorer', [BagScorer, SlidingScorer])
def test_scores_do_not_depend_on_how_segments_arrive(scorer, sizes):
    detector = make_detector()
    features = torch.randn(8, 2, 8)
    one = scorer(detector)
    expected = torch.cat([one.push(features).scores, one.flush().scores])
    other = scorer(detector)
    parts = [other.push(part).scores for part in features.split(sizes)]
    assert torch.equal(torch.cat([*parts, other.flush().scores]), expected)
    assert expected.shape == (8,)


def test_a_scorer_begins_anew_after_a_flush():
    features = torch.randn(4, 2, 8)
    for scorer in (BagScorer(make_detector()), SlidingScorer(make_detector())):
        first = torch.cat([scorer.push(features).scores, scorer.flush().scores])
        second = torch.cat([scorer.push(features).scores, scorer.flush().scores])
        assert torch.equal(first, second)


def test_a_segment_is_projected_once_in_sliding_mode(monkeypatch):
    detector = make_detector()
    seen = []
    project = detector.head.project_segments
    monkeypatch.setattr(
        detector.head, 'project_segments', lambda x: seen.append(len(x)) or project(x)
    )
    SlidingScorer(detector).push(torch.randn(6, 2, 8))
    assert seen == [2] * 6  # the crops of one segment each


def test_a_head_without_attention_gives_none():
    for mode in ('bags', 'sliding'):
        scorer = build_scorer(make_detector('bilstm_ucf'), mode)
        assert scorer.push(torch.randn(3, 2, 8)).attention is None
        assert scorer.flush().attention is None


def test_whole_videos_as_one_bag_and_unknown_modes_are_refused():
    with pytest.raises(ValueError, match='scores a whole video as one bag'):
        BagScorer(make_detector(bag_size=None))
    with pytest.raises(ValueError, match="got 'slow'"):
        build_scorer(make_detector(), 'slow')
