import numpy as np
import pytest
from toy_videos import make_video, random_videos

from mmvad.evaluation.functional import (
    average_precision,
    frame_details,
    recall_at_fpr,
    roc_auc,
    shuffle_within,
    split_auc,
    trapezoidal_pr_area,
    video_frames,
)
from mmvad.evaluation.functional.runs import FrameRuns


def details(videos, **arguments):
    runs = FrameRuns.join(videos, 'segments')
    parts = split_auc(runs.labels, runs.scores, runs.videos, runs.lengths)
    return frame_details(videos, runs, parts, **arguments)


def frames(videos):
    parts = [video_frames(video, 'segments') for video in videos]
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def test_every_value_is_that_of_the_frames():
    videos = random_videos(num_videos=12)
    values = details(videos, threshold=0.7, seed=3).values
    labels, scores = frames(videos)
    lengths = [16 * len(video.scores) for video in videos]
    means = np.repeat([np.float32(video.scores.astype(float).mean()) for video in videos], lengths)
    truth = np.repeat([video.label for video in videos], lengths)
    shuffled = frames([shuffle_within(video, 3) for video in videos])
    anomalous = frames([video for video in videos if video.label])
    normal = frames([video for video in videos if not video.label])
    expected = {
        'PR_AUC_trapezoidal': trapezoidal_pr_area(labels, scores),
        'AUC_anomalous': roc_auc(*anomalous),
        'AP_anomalous': average_precision(*anomalous),
        'AUC_video_mean': roc_auc(labels, means),
        'AP_video_mean': average_precision(labels, means),
        'AUC_video_label': roc_auc(labels, truth),
        'AP_video_label': average_precision(labels, truth),
        'AUC_shuffled': roc_auc(*shuffled),
        'AP_shuffled': average_precision(*shuffled),
        'false_alarm_rate': (normal[1] >= 0.7).mean(),
    }
    for rate in (0.02, 0.03, 0.05):
        expected[f'recall_at_fpr/{rate}'] = recall_at_fpr(labels, scores, rate)
    w, within, cross = (values.pop(n) for n in ('within_weight', 'AUC_within', 'AUC_cross'))
    assert values == pytest.approx(expected, abs=1e-12)
    assert w * within + (1 - w) * cross == pytest.approx(roc_auc(labels, scores), abs=1e-12)


def test_anomalous_only_leaves_easy_normal_videos_out():
    # against its own frames the event loses, against the ten normal videos it wins
    videos = [make_video('a', (0.4, 0.9), 'B1', [(0, 16)])]
    videos += [make_video(f'n{i}', (0.1, 0.1)) for i in range(10)]
    values = details(videos).values
    assert values['AUC_anomalous'] == 0.0 and values['AP_anomalous'] == 0.5


def test_constant_scores_a_video_are_their_own_video_mean():
    videos = [make_video(f'n{n}', [0.1] * n) for n in range(1, 9)]
    videos += [make_video(f'a{n}', [0.3] * n, 'B1', [(0, 9)]) for n in range(2, 9)]
    values, runs = details(videos).values, FrameRuns.join(videos, 'segments')
    assert values['AUC_video_mean'] == values['AUC_shuffled'] == roc_auc(*runs.ranking)
    assert values['AUC_within'] == 0.5


def test_false_alarm_rate_counts_frames_of_normal_videos():
    videos = [make_video('n', (0.9, 0.9, 0.9, 0.1)), make_video('a', (0.9, 0.9), 'B1', [(0, 9)])]
    assert details(videos).values['false_alarm_rate'] == 0.75


def test_undefined_metrics_have_their_reason():
    whole = make_video('a', [0.9, 0.4], 'B1', [(0, 32)])
    table = details([make_video('n', [0.1]), whole])
    reason = 'no negative among 32 labels'
    assert table.undefined == {
        'AUC_within': 'no video has both classes',
        'AUC_anomalous': reason,
        'AP_anomalous': reason,
    }
    alone = details([make_video('a', [0.9, 0.4], 'B1', [(0, 16)])])
    assert alone.undefined == {
        'AUC_cross': 'all frames are of one video',
        'false_alarm_rate': 'no normal video',
    }
