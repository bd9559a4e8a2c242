import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score
from toy_videos import make_video, random_videos

from mmvad.evaluation.functional import average_precision, roc_auc
from mmvad.evaluation.functional.replicas import (
    ApReplicas,
    AucReplicas,
    MacroReplicas,
    draw_replicas,
)
from mmvad.evaluation.functional.runs import FrameRuns


@pytest.fixture(scope='module')
def runs():
    return FrameRuns.join(random_videos(3, num_videos=12), 'true')


@pytest.fixture(scope='module')
def counts(runs):
    return draw_replicas(200, runs.num_videos, 0, AucReplicas.count(runs).defined)[0]


def drawn_frames(runs, counts):
    """Labels and scores of every frame, each video as often as it was drawn."""
    times = runs.lengths * counts[runs.videos]
    return np.repeat(runs.labels, times), np.repeat(runs.scores, times)


def test_the_auc_of_a_replica_is_scikit_learn_s_on_the_drawn_frames(runs, counts):
    expected = [roc_auc_score(*drawn_frames(runs, row)) for row in counts]
    found = AucReplicas.count(runs).values(counts)
    np.testing.assert_allclose(found, expected, rtol=0, atol=4e-16)  # two last digits


def test_the_pairs_of_a_replica_are_counted_exactly(runs, counts):
    auc = AucReplicas.count(runs)
    for row in counts[:20]:
        labels, scores = drawn_frames(runs, row)
        positives, negatives = scores[labels == 1], scores[labels == 0]
        above = positives[:, None] > negatives
        tied = positives[:, None] == negatives
        assert row @ auc.wins @ row == 2 * int(above.sum()) + int(tied.sum())
        assert auc.values(row[None])[0] == (2 * int(above.sum()) + int(tied.sum())) / (
            2 * len(positives) * len(negatives)
        )


def test_the_ap_of_a_replica_is_scikit_learn_s_on_the_drawn_frames(runs, counts):
    expected = [average_precision_score(*drawn_frames(runs, row)) for row in counts]
    np.testing.assert_allclose(ApReplicas.count(runs).values(counts), expected, atol=1e-12)


def test_replicas_in_blocks_of_any_size_are_the_same(runs, counts):
    expected = ApReplicas.count(runs).values(counts)
    assert (ApReplicas.count(runs).values(counts, block=7) == expected).all()


def test_macro_within_is_the_mean_over_the_drawn_videos_with_both_classes(runs, counts):
    macro = MacroReplicas.count(AucReplicas.count(runs))
    own = {}
    for video in range(runs.num_videos):
        part = runs.where(runs.videos == video)
        if len(set(part.labels.tolist())) == 2:
            own[video] = roc_auc(*part.ranking)
    for row, found in zip(counts[:50], macro.values(counts), strict=False):
        drawn = np.repeat(list(own.values()), row[list(own)])
        assert found == pytest.approx(drawn.mean(), abs=1e-12)


def test_each_video_once_gives_the_set_s_own_values(runs):
    once = np.ones((1, runs.num_videos), int)
    auc = AucReplicas.count(runs)
    assert auc.values(once)[0] == pytest.approx(roc_auc(*runs.ranking), abs=1e-15)
    expected = average_precision(*runs.ranking)
    assert ApReplicas.count(runs).values(once)[0] == pytest.approx(expected, abs=1e-14)


def test_replicas_of_one_class_are_drawn_again_and_counted():
    videos = [make_video('a', [0.1]), make_video('b', [0.9], 'B1', [(0, 16)])]
    auc = AucReplicas.count(FrameRuns.join(videos, 'segments'))
    counts, again = draw_replicas(1000, 2, 0, auc.defined)
    assert (counts == 1).all()  # twice the same video has one class
    assert again == pytest.approx(1000, rel=0.15)  # half of all draws, half of these again, …


def test_macro_within_needs_a_drawn_video_of_both_classes():
    videos = [make_video('a', [0.1]), make_video('b', [0.9, 0.2], 'B1', [(0, 16)])]
    macro = MacroReplicas.count(AucReplicas.count(FrameRuns.join(videos, 'segments')))
    assert macro.defined(np.array([[2, 0], [0, 2], [1, 1]])).tolist() == [False, True, True]


def test_a_seed_gives_the_same_replicas_and_another_does_not():
    first, again, other = (draw_replicas(5, 9, s, lambda c: c[:, 0] >= 0)[0] for s in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


def test_what_is_undefined_on_the_whole_set_is_an_error():
    normal = FrameRuns.join([make_video('a', [0.1])], 'segments')
    with pytest.raises(ValueError, match=r'^ROC AUC is undefined: no positive among 16 labels'):
        AucReplicas.count(normal)
    with pytest.raises(ValueError, match=r'^average precision is undefined: no positive'):
        ApReplicas.count(normal)
    videos = [make_video('a', [0.1]), make_video('b', [0.9], 'B1', [(0, 16)])]
    with pytest.raises(ValueError, match='macro within AUC is undefined: no video has both'):
        MacroReplicas.count(AucReplicas.count(FrameRuns.join(videos, 'segments')))
