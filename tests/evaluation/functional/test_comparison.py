from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score
from toy_videos import make_video, random_videos

from mmvad.evaluation.functional.comparison import Difference, compare_systems
from mmvad.evaluation.functional.replicas import AucReplicas, draw_replicas
from mmvad.evaluation.functional.runs import FrameRuns

VIDEOS = random_videos(2, num_videos=12)


def scored(seed):
    rng = np.random.default_rng(seed)
    changed = [replace(v, scores=rng.integers(0, 11, len(v.scores)) / 10) for v in VIDEOS]
    return FrameRuns.join(changed, 'segments')


def slow(metric, runs, counts):
    weights = runs.lengths * counts[runs.videos]
    keep = weights > 0
    return metric(runs.labels[keep], runs.scores[keep], sample_weight=weights[keep])


@pytest.mark.parametrize(
    ('name', 'metric'), [('AUC', roc_auc_score), ('AP', average_precision_score)]
)
def test_the_interval_is_that_of_the_slow_paired_bootstrap(name, metric):
    first, second = [scored(0), scored(1)], [scored(2)]
    found = compare_systems({'a': first, 'b': second}, 150, seed=7)
    counts, _ = draw_replicas(150, 12, 7, AucReplicas.count(first[0]).defined)
    replicas = [
        np.mean([slow(metric, runs, row) for runs in first]) - slow(metric, second[0], row)
        for row in counts
    ]
    (difference,) = [d for d in found.differences if d.metric == name]
    expected = np.quantile(replicas, [0.025, 0.975])
    assert (difference.low, difference.high) == pytest.approx(expected, abs=1e-12)
    once = np.ones(12, int)
    values = [np.mean([slow(metric, runs, once) for runs in first]), slow(metric, second[0], once)]
    assert difference.value == pytest.approx(values[0] - values[1], abs=1e-12)
    systems = [system for system in found.systems if system.metric == name]
    assert [system.value for system in systems] == pytest.approx(values, abs=1e-12)
    assert [system.num_seeds for system in systems] == [2, 1]
    spread = np.std([slow(metric, runs, once) for runs in first], ddof=1)
    assert systems[0].std == pytest.approx(spread, abs=1e-12) and systems[1].std is None


def test_a_pair_of_systems_is_less_spread_than_either():
    other = FrameRuns.join(
        [replace(v, scores=np.clip(v.scores + 0.001, 0, 1)) for v in VIDEOS], 'segments'
    )
    found = compare_systems({'a': [FrameRuns.join(VIDEOS, 'segments')], 'b': [other]}, 200)
    assert found.differences[0].high - found.differences[0].low < 1e-9
    assert found.systems[0].high - found.systems[0].low > 0.1


def test_every_two_systems_are_compared_in_each_metric():
    found = compare_systems({name: [scored(n)] for n, name in enumerate('abc')}, 20)
    pairs = [('a', 'b'), ('a', 'c'), ('b', 'c')]
    metrics = ('AUC', 'AP', 'AUC_macro_within')
    assert [(d.metric, d.first, d.second) for d in found.differences] == [
        (metric, *pair) for metric in metrics for pair in pairs
    ]
    assert (found.num_videos, found.num_replicas, found.seed) == (12, 20, 0)
    assert found.num_positive == scored(0).positives.sum()


def test_a_seed_gives_the_same_intervals():
    systems = {'a': [scored(0)], 'b': [scored(1)]}
    assert compare_systems(systems, 50, 1) == compare_systems(systems, 50, 1)
    assert compare_systems(systems, 50, 1) != compare_systems(systems, 50, 2)


def test_a_difference_is_resolved_where_its_interval_excludes_zero():
    intervals = [(-0.2, -0.1), (-0.1, 0.1), (0.0, 0.1), (0.1, 0.2)]
    found = [Difference('AUC', 'a', 'b', 0.0, *interval).resolved for interval in intervals]
    assert found == [True, False, False, True]


def test_replicas_drawn_again_are_counted_by_metric():
    videos = [
        make_video('n', [0.1]),
        make_video('whole', [0.9], 'B1', [(0, 16)]),
        make_video('a', [0.9, 0.1], 'B1', [(0, 16)]),
    ]
    found = compare_systems({'a': [FrameRuns.join(videos, 'segments')]}, 500)
    # one class: n or `whole` three times, 2 of 27; no video of both classes: 8 of 27
    assert found.drawn_again['AUC'] == found.drawn_again['AP'] == pytest.approx(40, abs=25)
    assert found.drawn_again['AUC_macro_within'] == pytest.approx(210, abs=70)
    assert found.differences == []


def test_macro_within_may_be_undefined():
    videos = [make_video('n', [0.1]), make_video('a', [0.9], 'B1', [(0, 16)])]
    found = compare_systems({'a': [FrameRuns.join(videos, 'segments')]}, 5)
    assert found.undefined == {'AUC_macro_within': 'no video has both classes'}
    assert [system.metric for system in found.systems] == ['AUC', 'AP']


def test_nothing_to_compare_is_an_error():
    for systems in ({}, {'a': []}):
        with pytest.raises(ValueError, match='needs systems of at least one run each'):
            compare_systems(systems)
    with pytest.raises(ValueError, match='number of replicas must be at least 1, got 0'):
        compare_systems({'a': [scored(0)]}, 0)
