import pytest
import torch
from mmaction.registry import MODELS
from toy_detector import detector_config

from mmvad.models.stream_scorers import BagScorer, SlidingScorer, build_scorer, check_streams


def make_detector(name='salient_ucf', segment_ranking=0.0, **options):
    torch.manual_seed(0)
    detector = MODELS.build(detector_config(name, **options).model).eval()
    if segment_ranking:
        detector.head.segment_ranking = segment_ranking
    return detector


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


def count_segments_of(head):
    """Count the segments of each pass through the head, (l, K, D) or (K, D)."""
    passes, project = [], head.project_segments

    def counting(features):
        passes.append(features[..., 0].numel())
        return project(features)

    head.project_segments = counting
    return passes


def test_a_segment_is_projected_once_where_bags_slide():
    detector = make_detector()
    passes = count_segments_of(detector.head)
    SlidingScorer(detector).push(torch.randn(6, 2, 8))
    assert passes == [2] * 6  # the crops of one segment each


@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf'])
def test_score_and_attention_of_a_bag_come_from_one_pass_of_the_head(name):
    detector = make_detector(name)
    passes = count_segments_of(detector.head)
    found = BagScorer(detector).push(torch.randn(6, 2, 8))
    assert found.attention.shape == (3, 6)
    assert passes == [3 * 2] * 2  # l segments of two crops, twice


def test_attention_is_the_mean_of_the_crops():
    detector = make_detector()
    features = torch.randn(3, 2, 8)
    both = BagScorer(detector).push(features).attention
    each = [BagScorer(detector).push(features[:, [crop]]).attention for crop in (0, 1)]
    torch.testing.assert_close(both, torch.stack(each).mean(0))
    assert not each[0].allclose(each[1])


def test_a_head_without_attention_gives_none():
    for scoring in ('bags', 'sliding'):
        scorer = build_scorer(make_detector('bilstm_ucf'), scoring)
        assert scorer.push(torch.randn(3, 2, 8)).attention is None
        assert scorer.flush().attention is None


def test_whole_videos_as_one_bag_and_an_unknown_scoring_are_refused():
    for scoring in ('bags', 'sliding'):
        with pytest.raises(ValueError, match='scores a whole video as one bag'):
            build_scorer(make_detector(bag_size=None), scoring)
    with pytest.raises(
        ValueError, match=r"scoring must be one of \('bags', 'sliding'\), got 'slow'"
    ):
        build_scorer(make_detector(), 'slow')


def bag_by_bag(detector, features, bags):
    """Score bags ``(start, end)`` one by one; give scores and the attention maps' means."""
    with torch.inference_mode():
        found = [detector.score_with_attention(features[a:b].transpose(0, 1)) for a, b in bags]
    scores = torch.stack([logits.sigmoid().mean() for logits, _ in found])
    return scores, [attention.mean(0) for _, attention in found]  # (bags,), (R, l) each


@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf'])
def test_sliding_gives_each_segment_the_score_and_attention_of_the_bag_that_it_ends(name):
    detector = make_detector(name)
    for parameter in detector.parameters():
        parameter.data *= 4  # far from 0.5, where the order of mean and sigmoid matters
    features = torch.randn(7, 2, 8)
    windows = [(max(0, end - 3), end) for end in range(1, 8)]
    scores, attention = bag_by_bag(detector, features, windows)
    found = SlidingScorer(detector).push(features)
    torch.testing.assert_close(found.scores, scores)
    last = torch.stack([part[:, -1] for part in attention], dim=1)  # (R, 7)
    torch.testing.assert_close(found.attention, last)


@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf'])
def test_bags_give_each_segment_the_score_and_attention_of_its_bag(name):
    detector = make_detector(name)
    for parameter in detector.parameters():
        parameter.data *= 4
    features = torch.randn(7, 2, 8)
    scores, attention = bag_by_bag(detector, features, [(0, 3), (3, 6), (6, 7)])
    scorer = BagScorer(detector)
    found = [scorer.push(features), scorer.flush()]
    torch.testing.assert_close(
        torch.cat([part.scores for part in found]),
        scores.repeat_interleave(torch.tensor([3, 3, 1])),
    )
    torch.testing.assert_close(
        torch.cat([part.attention for part in found], dim=1), torch.cat(attention, dim=1)
    )


def test_whole_videos_are_scored_at_their_end():
    head = dict(type='HLNetHead', in_channels=8)
    detector = MODELS.build(dict(type='VideoAnomalyDetector', head=head)).eval()
    video, scorer = torch.randn(9, 2, 8), build_scorer(detector, 'bags')
    with torch.inference_mode():
        expected = detector.segment_scores(video)
    for _ in range(2):  # it begins anew after a flush
        assert [len(scorer.push(part).scores) for part in video.split([4, 5])] == [0, 0]
        found = scorer.flush()
        assert found.scores.equal(expected) and found.attention is None
    assert len(scorer.flush().scores) == 0
    with pytest.raises(
        ValueError, match=r"HLNetHead looks at the whole video.*'sliding' scoring is"
    ):
        build_scorer(detector, 'sliding')
    with pytest.raises(ValueError, match='HLNetHead looks at the whole video, and a live source'):
        check_streams(detector)
    check_streams(make_detector())


@pytest.mark.parametrize('gamma', [0.0, 1.0])
@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf'])
def test_a_stream_of_bags_gives_the_scores_of_the_file(name, gamma):
    detector = make_detector(name, gamma)
    for parameter in detector.parameters():
        parameter.data *= 4
    features = torch.randn(8, 2, 8)  # bags of 3, 3 and 2
    scorer = BagScorer(detector)
    found = torch.cat([scorer.push(part).scores for part in features.split([1, 4, 3])])
    found = torch.cat([found, scorer.flush().scores])
    with torch.no_grad():
        torch.testing.assert_close(found, detector.segment_scores(features))
    assert len(found.unique()) == (8 if gamma else 3)


@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf'])
def test_sliding_ranks_the_newest_segment_against_the_mean_of_its_window(name):
    detector = make_detector(name, 1.0)
    for parameter in detector.parameters():
        parameter.data *= 4
    features = torch.randn(7, 2, 8)
    with torch.no_grad():
        windows = [features[max(0, end - 3) : end] for end in range(1, 8)]
        expected = torch.stack([detector.segment_scores(window)[-1] for window in windows])
    scorer = SlidingScorer(detector)
    found = torch.cat([scorer.push(part).scores for part in features.split([2, 5])])
    torch.testing.assert_close(found, expected)
    plain = SlidingScorer(make_detector(name)).push(features).scores
    assert not found.allclose(plain)


def test_ranking_leaves_the_attention_as_it_is():
    features = torch.randn(6, 2, 8)
    for scoring in ('bags', 'sliding'):
        plain, ranked = (build_scorer(make_detector(segment_ranking=g), scoring) for g in (0, 1))
        found = ranked.push(features)
        assert torch.equal(found.attention, plain.push(features).attention)
