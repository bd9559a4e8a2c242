import json
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from toy_data import dump_config, labelled_sample, toy_config, write_toy_dataset

from mmvad.cli.test import main
from mmvad.clock import Clock
from mmvad.engine.hooks import ScoreCurveHook
from mmvad.engine.hooks.score_curve_hook import draw_video, rule_of_metrics
from mmvad.engine.runner import build_runner
from mmvad.evaluation.metrics import FrameMetric, VideoMetric
from mmvad.files import file_name_of
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo

VIDEOS = ['Arson/Arson 011', 'v=J1__#1_label_B6', 'Überfall', 'Normal_1', 'Normal_2']


def make_sample(video, num_segments=5):
    normal = video.startswith('Normal')
    metainfo = dict(
        video=video,
        num_frames=num_segments * 16,
        num_segments=num_segments,
        category='Normal' if normal else 'Fight',
        events=[] if normal else [[16, 48]],
        tail='ceil',
        segments_tolerance=0,
    )
    sample = labelled_sample(int(not normal), **metainfo)
    sample.set_field(torch.linspace(0, 1, num_segments), 'pred_segment_scores', dtype=torch.Tensor)
    return sample


class Runner:
    """Stands in for a runner: a visualizer that notes what it gets, and metrics."""

    def __init__(self, *metrics):
        self.visualizer = self
        self.images = {}
        self.test_loop = SimpleNamespace(evaluator=SimpleNamespace(metrics=metrics))

    def add_image(self, name, image, step=0):
        self.images[name] = image


def run_hook(hook, videos, batch_size=2):
    runner = Runner()
    hook.before_test_epoch(runner)
    for start in range(0, len(videos), batch_size):
        samples = [make_sample(video) for video in videos[start : start + batch_size]]
        hook.after_test_iter(runner, start, None, samples)
    hook.after_test_epoch(runner)
    return runner.images


def test_folder_holds_one_picture_a_video_under_a_safe_name(tmp_path):
    assert not run_hook(ScoreCurveHook(tmp_path / 'new'), VIDEOS)
    names = sorted(path.name for path in (tmp_path / 'new').iterdir())
    assert names == sorted(f'{file_name_of(video)}.png' for video in VIDEOS)
    image = cv2.imread(str(tmp_path / 'new' / 'v=J1__%231_label_B6.png'))
    assert image.shape[0] > 100 and image.shape[1] > 200 and image.std() > 1


def test_backends_get_one_picture_a_video():
    images = run_hook(ScoreCurveHook(), VIDEOS)
    assert sorted(images) == sorted(f'scores_{file_name_of(video)}' for video in VIDEOS)
    assert all(image.dtype == np.uint8 and image.shape[2] == 3 for image in images.values())


def test_interval_takes_one_video_of_so_many_across_batches(tmp_path):
    run_hook(ScoreCurveHook(tmp_path, interval=3), VIDEOS)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f'{file_name_of(VIDEOS[index])}.png' for index in (0, 3)}


def test_a_second_test_begins_anew():
    hook = ScoreCurveHook(interval=3)
    assert run_hook(hook, VIDEOS).keys() == run_hook(hook, VIDEOS).keys()


def test_interval_below_one_is_refused():
    with pytest.raises(ValueError, match='interval must be at least 1, got 0'):
        ScoreCurveHook(interval=0)


def test_samples_of_another_model_are_refused(tmp_path):
    hook = ScoreCurveHook(tmp_path)
    hook.before_test_epoch(Runner())
    with pytest.raises(ValueError, match=r"lacks \['video'"):
        hook.after_test_iter(None, 0, None, [labelled_sample(1)])


def run_rank(rank, folder):
    dist.init_process_group('gloo', init_method=f'file://{folder}/store', rank=rank, world_size=2)
    share = [VIDEOS[:3], [*VIDEOS[3:], VIDEOS[0]]][rank]  # the sampler repeats the first video
    run_hook(ScoreCurveHook(f'{folder}/pictures_{rank}'), share)
    images = run_hook(ScoreCurveHook(), share)
    Path(folder, f'images_{rank}.json').write_text(json.dumps(sorted(images)))
    dist.destroy_process_group()


def test_two_ranks_write_their_own_files_and_the_first_has_all_for_the_backends(tmp_path):
    mp.start_processes(run_rank, (str(tmp_path),), nprocs=2, start_method='fork')
    assert [len(list((tmp_path / f'pictures_{rank}').iterdir())) for rank in (0, 1)] == [3, 3]
    first, second = (json.loads((tmp_path / f'images_{rank}.json').read_text()) for rank in (0, 1))
    assert first == sorted(f'scores_{file_name_of(video)}' for video in VIDEOS)
    assert second == []


def test_threshold_and_events_are_those_of_the_metric():
    metric = FrameMetric(false_alarm_threshold=0.8, merge_seconds=2, fps=25)
    assert rule_of_metrics(Runner(VideoMetric(), metric)) == (EventRule(0.8, merge_seconds=2), 25)
    assert rule_of_metrics(Runner(VideoMetric())) == (EventRule(0.5), None)


def labels(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_curve_shows_threshold_and_events_in_seconds_where_the_rate_is_known():
    scored = ScoredVideo('a', [0.1, 0.9, 0.1], Clock(3, fps=16), label=1, category='Fight')
    figure = draw_video(scored, EventRule(0.8))
    (axes,) = figure.axes
    assert labels(figure) == ['score', 'threshold 0.8', 'event']
    assert (axes.get_xlabel(), axes.get_xlim()) == ('time (min:s)', (0, 3))
    assert axes.get_title(loc='left') == 'a (Fight)'


def test_rate_of_the_metric_counts_where_the_video_says_none():
    scored = ScoredVideo('a', [0.1, 0.9, 0.1])
    rule = EventRule(0.8, min_seconds=1)
    assert draw_video(scored, rule, fps=8).axes[0].get_xlim() == (0, 6)
    figure = draw_video(scored, rule)
    assert labels(figure) == ['score', 'threshold 0.8']
    assert figure.axes[0].get_xlabel() == 'frame'
    assert (
        figure.axes[0].get_title(loc='left').endswith('no events, as the frame rate is not known')
    )


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    return write_toy_dataset(tmp_path_factory.mktemp('toy'), num_train=4, num_test=2)


def test_command_writes_pictures_with_show_dir(data, tmp_path):
    cfg = toy_config(data, tmp_path / 'work')
    checkpoint = tmp_path / 'random.pth'
    torch.save(build_runner(cfg).model.state_dict(), checkpoint)
    path = dump_config(cfg, tmp_path / 'toy.py')
    show = ['--show-dir', str(tmp_path / 'show'), '--interval', '2']
    assert main([str(path), str(checkpoint), *show]) == 0
    assert len(list((tmp_path / 'show').iterdir())) == 2


def test_tensorboard_backend_receives_the_pictures(data, tmp_path):
    pytest.importorskip('tensorboard', reason='pip install "mmvad[tensorboard]"')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    cfg = toy_config(data, tmp_path / 'work')
    cfg.default_hooks.visualization = dict(type='ScoreCurveHook')
    cfg.visualizer.vis_backends = [dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')]
    cfg.visualizer.name = 'with_tensorboard'  # mmengine keeps one visualizer a name and process
    runner = build_runner(cfg)
    runner.test()
    folder = Path(runner.log_dir) / 'vis_data'
    runner.visualizer.close()
    events = EventAccumulator(str(folder)).Reload()
    local = sorted((folder / 'vis_image').iterdir())
    assert len(events.Tags()['images']) == len(local) == 4
    assert events.Tags()['images'][0].startswith('scores_')
