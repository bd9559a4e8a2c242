import pytest
from mmaction.registry import METRICS
from mmengine.evaluator import Evaluator
from toy_videos import logged_lines, make_video, random_videos, to_sample

from mmvad.evaluation import VideoMetric
from mmvad.evaluation.functional import video_loss, video_report


def run(metric, videos):
    evaluator = Evaluator(metric)
    evaluator.process([to_sample(video) for video in videos])
    return evaluator.evaluate(len(videos))


def test_metric_is_report_and_loss_under_its_prefix():
    videos = random_videos(num_videos=12)
    metric = METRICS.build(dict(type='VideoMetric'))
    expected = dict(video_report(videos), loss=video_loss(videos))
    assert run(metric, videos) == {f'video/{name}': value for name, value in expected.items()}


def test_held_out_training_videos_need_no_events():
    videos = [make_video('a', [0.1]), make_video('b', [0.9], 'Abuse')]
    found = run(VideoMetric(), videos)
    assert (found['video/AUC'], found['video/AP']) == (1.0, 1.0)


def test_log_states_the_videos_of_both_kinds():
    with logged_lines() as lines:
        run(VideoMetric(), random_videos(num_videos=10))
    assert lines == ['video metrics over 10 videos, 6 of them anomalous']


def test_one_class_is_an_error_that_names_it():
    with pytest.raises(ValueError, match='all 1 videos are normal'):
        run(VideoMetric(), [make_video('a', [0.1])])


def test_missing_and_repeated_videos_are_errors():
    samples = [to_sample(video).to_dict() for video in random_videos()]
    metric = VideoMetric()
    metric.process(None, samples)
    with pytest.raises(ValueError, match='expected scores of 10 videos, got 9'):
        metric.evaluate(10)
    metric = VideoMetric()
    metric.process(None, [*samples[:8], samples[0]])
    with pytest.raises(ValueError, match="'folder/video 0' was scored more than once"):
        metric.evaluate(9)
