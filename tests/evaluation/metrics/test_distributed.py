"""Two real processes, an odd number of videos: the sampler repeats one, the metrics must not."""

import json

import pytest
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.dataset import DefaultSampler
from mmengine.evaluator import Evaluator
from toy_videos import random_videos, to_sample

from mmvad.evaluation import FrameMetric, VideoMetric
from mmvad.scores.scores_file import read_scores

NUM_VIDEOS = 9
WORLD_SIZE = 2


def evaluate_share(rank, folder, world_size):
    if world_size > 1:
        dist.init_process_group(
            'gloo', init_method=f'file://{folder}/store', rank=rank, world_size=world_size
        )
    videos = random_videos(num_videos=NUM_VIDEOS)
    evaluator = Evaluator(
        [
            FrameMetric(
                per_category=True,
                dump=f'{folder}/dump_{world_size}.json',
                collect_dir=f'{folder}/frame',
            ),
            VideoMetric(collect_dir=f'{folder}/video'),
        ]
    )
    for index in DefaultSampler(videos, shuffle=False):
        evaluator.process([to_sample(videos[index])])
    num_processed = len(evaluator.metrics[0].results)
    values = evaluator.evaluate(NUM_VIDEOS)
    with open(f'{folder}/values_{world_size}_{rank}.json', 'w') as file:
        json.dump({'num_processed': num_processed, 'values': values}, file)
    if world_size > 1:
        dist.destroy_process_group()


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('distributed')
    evaluate_share(0, folder, 1)
    mp.spawn(evaluate_share, (folder, WORLD_SIZE), nprocs=WORLD_SIZE)
    return folder


def read(folder, world_size, rank):
    return json.loads((folder / f'values_{world_size}_{rank}.json').read_text())


def test_two_ranks_process_one_video_twice(folder):
    assert [read(folder, 2, rank)['num_processed'] for rank in range(WORLD_SIZE)] == [5, 5]
    assert read(folder, 1, 0)['num_processed'] == NUM_VIDEOS


@pytest.mark.parametrize('rank', range(WORLD_SIZE))
def test_every_rank_gets_the_numbers_of_one_process(folder, rank):
    alone = read(folder, 1, 0)['values']
    assert read(folder, 2, rank)['values'] == alone
    assert {'frame/AUC', 'frame/AUC/B1', 'video/AUC'} <= alone.keys()


def test_dump_of_two_ranks_is_the_dump_of_one_process(folder):
    videos = [video.name for video in read_scores(folder / 'dump_2.json').videos]
    assert len(videos) == len(set(videos)) == NUM_VIDEOS
    assert (folder / 'dump_2.json').read_text() == (folder / 'dump_1.json').read_text()
