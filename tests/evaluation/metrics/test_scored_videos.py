import pytest
from mmengine.evaluator import Evaluator
from toy_videos import random_videos, to_sample

from mmvad.evaluation.metrics.scored_videos import ScoredVideoMetric


class ListVideos(ScoredVideoMetric):
    """Gives what `compute` is handed."""

    default_prefix = 'list'

    def compute(self, videos):
        return dict(names=[video.name for video in videos], scores=[*videos[0].scores.tolist()])


def samples_of(videos):
    return [to_sample(video).to_dict() for video in videos]


def test_videos_of_all_batches_come_to_compute_with_their_scores_and_in_order():
    videos, metric = random_videos(num_videos=5), ListVideos()
    metric.process(None, samples_of(videos[:3]))
    metric.process(None, samples_of(videos[3:]))
    found = metric.evaluate(5)
    assert found['list/names'] == [video.name for video in videos]
    assert found['list/scores'] == videos[0].scores.tolist()


def test_the_evaluator_of_mmengine_takes_it_under_another_prefix():
    evaluator = Evaluator(ListVideos(prefix='mine'))
    evaluator.process([to_sample(video) for video in random_videos(num_videos=2)])
    assert evaluator.evaluate(2).keys() == {'mine/names', 'mine/scores'}


def test_results_of_one_evaluation_are_not_those_of_the_next():
    metric, videos = ListVideos(), random_videos(num_videos=4)
    for part in (videos[:2], videos[2:]):
        metric.process(None, samples_of(part))
        assert metric.evaluate(2)['list/names'] == [video.name for video in part]
        assert metric.size == 2


def test_a_missing_and_a_repeated_video_are_errors():
    videos = random_videos(num_videos=3)
    metric = ListVideos()
    metric.process(None, samples_of(videos))
    with pytest.raises(ValueError, match='expected scores of 4 videos, got 3'):
        metric.evaluate(4)
    metric = ListVideos()
    metric.process(None, samples_of([*videos[:2], videos[0]]))
    with pytest.raises(ValueError, match="'folder/video 0' was scored more than once"):
        metric.evaluate(3)


def test_a_sample_without_scores_is_an_error_that_names_the_video():
    (sample,) = samples_of(random_videos(num_videos=1))
    del sample['pred_segment_scores']
    with pytest.raises(ValueError, match=r"video 'folder/video 0' lacks \['pred_segment_scores"):
        ListVideos().process(None, [sample])
