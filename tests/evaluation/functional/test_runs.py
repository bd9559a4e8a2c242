import numpy as np
from toy_videos import make_video, random_videos

from mmvad.evaluation.functional import video_frames
from mmvad.evaluation.functional.runs import FrameRuns, sum_by


def test_runs_repeated_by_their_lengths_are_the_frames_of_all_videos():
    videos = random_videos()
    runs = FrameRuns.join(videos, 'true')
    parts = [video_frames(video, 'true') for video in videos]
    frames = [np.concatenate(part) for part in zip(*parts, strict=True)]
    assert (np.repeat(runs.labels, runs.lengths) == frames[0]).all()
    assert (np.repeat(runs.scores, runs.lengths) == frames[1]).all()
    numbers = np.repeat(np.arange(len(videos)), [v.clock.num_frames for v in videos])
    assert (np.repeat(runs.videos, runs.lengths) == numbers).all()


def test_equal_runs_of_two_videos_stay_apart():
    runs = FrameRuns.join([make_video('a', [0.5]), make_video('b', [0.5])], 'segments')
    assert runs.videos.tolist() == [0, 1] and runs.num_videos == 2


def test_classes_are_counted_by_video():
    videos = [make_video('a', [0.5, 0.5]), make_video('b', [0.5], 'B1', [(2, 9)])]
    runs = FrameRuns.join(videos, 'segments')
    assert (runs.positives.tolist(), runs.negatives.tolist()) == ([0, 7], [32, 9])


def test_chosen_videos_keep_their_numbers():
    runs = FrameRuns.join([make_video('a', [0.5]), make_video('b', [0.2, 0.4])], 'segments')
    chosen = runs.only([False, True])
    assert chosen.videos.tolist() == [1, 1] and chosen.num_videos == 2
    assert chosen.positives.tolist() == [0, 0]


def test_video_means_weigh_frames_and_keep_equal_videos_equal():
    videos = [
        make_video('a', [0.9, 0.3], num_frames=20, tail='ceil'),
        *(make_video(f'n{n}', [0.1] * n, num_frames=16 * n) for n in range(1, 40)),
    ]
    runs = FrameRuns.join(videos, 'true').with_video_means()
    assert runs.scores[0] == runs.scores[1] == np.float32((16 * 0.9 + 4 * 0.3) / 20)
    assert set(runs.scores[2:].tolist()) == {float(np.float32(0.1))}


def test_whole_numbers_are_summed_without_rounding():
    big = 2**60 + 1
    assert sum_by(np.array([1, 1]), np.array([big, 2]), 2).tolist() == [0, big + 2]
