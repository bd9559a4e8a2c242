import numpy as np
import pytest
from scored_examples import SECOND

from mmvad.clock import Clock
from mmvad.scores.normal_scores import NormalScores, gather_normal, parts_between_gaps
from mmvad.scores.scored_video import ScoredVideo, ScoreGap, failed_video
from mmvad.scores.scores_file import ScoresFile


def test_videos_lie_end_to_end_with_a_pause_that_is_none_of_their_hours():
    videos = [([0.5, 0.25], [0.0, 1800.0, 3600.0]), ([1.0], [10.0, 3610.0])]
    normal = NormalScores.join(videos, pause=7)
    assert normal.scores.tolist() == [0.5, 0.25, -1, 1, -1]
    assert normal.edges.tolist() == [0, 1800, 3600, 3607, 7207, 7214]
    assert (normal.hours, normal.num_parts) == (2.0, 2)


def test_no_video_and_scores_that_are_none_are_errors():
    with pytest.raises(ValueError, match='no normal video to choose a threshold from'):
        NormalScores.join([], 1)
    with pytest.raises(ValueError, match=r'scores must lie in \[0, 1\]'):
        NormalScores.join([([1.5], [0.0, 1.0])], 1)


def test_a_live_source_is_parted_at_its_gaps():
    gap = ScoreGap(2, 5.0, 1, 'rain')
    video = ScoredVideo('camera', [0.1, 0.2, 0.3], Clock(3, fps=SECOND), gaps=(gap,))
    parts = [
        (scores.tolist(), np.diff(edges).tolist()) for scores, edges in parts_between_gaps([video])
    ]
    assert [len(scores) for scores, _ in parts] == [2, 1]
    assert [lengths for _, lengths in parts] == [[1, 1], [1]]


def test_normal_are_the_videos_of_label_0_unless_all_are():
    def video(name, label):
        return ScoredVideo(name, [0.5] * 4, Clock(4, fps=SECOND), label=label)

    scores = ScoresFile([video('a', 0), video('b', 1), video('c', None), failed_video('d', 'torn')])
    assert 3600 * gather_normal(scores).hours == pytest.approx(4)
    assert 3600 * gather_normal(scores, all_normal=True).hours == pytest.approx(12)
