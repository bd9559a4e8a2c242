"""Files, frames and streams: equal scores, no mixing over gaps, refusals by name."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
import torch
from toy_detector import (
    BAG,
    CHANNELS,
    CROPS,
    build_inferencer,
    cheap_extractor,
    detector_config,
    write_checkpoint,
)
from video_files import numbered_frames, write_sound, write_video

from mmvad.apis.detector import load_detector
from mmvad.apis.inferencer import AnomalyInferencer
from mmvad.datasets.feature_record import FORMAT, record_path
from mmvad.extraction.build import load_extractor
from mmvad.extraction.features import iter_features
from mmvad.extraction.run import extract_videos
from mmvad.extraction.videos import Video
from mmvad.files import write_json
from mmvad.scores.calibration import Calibration
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoreGap
from mmvad.scores.scores_file import read_scores, write_scores
from mmvad.scores.threshold_file import write_calibration
from mmvad.video.live import Gap, reconnecting
from mmvad.video.readers import open_video

NUM_FRAMES = 16 * 7 + 5  # two bags of 3 segments and one of 2, the last segment padded


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('inferencer')


@pytest.fixture(scope='module')
def extractor(folder):
    return cheap_extractor(folder)


@pytest.fixture(scope='module')
def weights(folder, extractor):
    return write_checkpoint(folder / 'best.pth', detector_config(), extractor.record)


@pytest.fixture(scope='module')
def video(folder):
    return write_video(folder / 'gate.mp4', numbered_frames(NUM_FRAMES))


@pytest.fixture
def inferencer(weights, extractor):
    return build_inferencer(weights, extractor)


def build(folder, extractor, name, scoring='bags'):
    weights = write_checkpoint(folder / f'{name}.pth', detector_config(name))
    return build_inferencer(weights, extractor, name, scoring=scoring)


def only(scores_file):
    """The one video of a scores file, which was scored."""
    (video,) = scores_file.videos
    assert video.error is None
    return video


def error_of(scores_file):
    (video,) = scores_file.videos
    return video.error


def features_of(extractor, video):
    pieces = [piece for _, piece in iter_features(video, extractor.network, extractor.settings)]
    return np.concatenate(pieces)  # (S, K, D)


@pytest.mark.parametrize('scoring', ['bags', 'sliding'])
@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf', 'bilstm_ucf'])
def test_a_file_and_its_frames_as_a_stream_score_the_same(
    folder, extractor, video, name, scoring, tmp_path
):
    inferencer = build(folder, extractor, name, scoring)
    with open_video(video) as reader:
        frames = list(reader)
    streamed = list(inferencer.stream(iter(frames), fps=25))
    document = inferencer(video)
    write_scores(tmp_path / 'scores.json', document)
    scored = only(read_scores(tmp_path / 'scores.json'))  # it fits the schema
    assert scored.scores.tolist() == np.float32([score.score for score in streamed]).tolist()
    assert only(inferencer(np.stack(frames))).scores.tolist() == scored.scores.tolist()
    assert [score.segment for score in streamed] == list(range(8))
    assert len(set(scored.scores.tolist())) > (6 if scoring == 'sliding' else 2)
    assert (scored.clock.fps, scored.clock.num_frames, scored.num_segments) == (25, NUM_FRAMES, 8)
    assert scored.clock.edges.tolist() == [score.start_time for score in streamed] + [
        streamed[-1].end_time
    ]
    last = streamed[-1]
    assert (last.start_frame, last.end_frame) == (112, NUM_FRAMES)
    assert (last.start_time, last.end_time) == (112 / 25, NUM_FRAMES / 25)
    if name == 'bilstm_ucf':
        assert scored.attention is None
    else:
        found = np.float32([score.attention for score in streamed]).T  # (R, S)
        assert scored.attention.tolist() == found.tolist()


def test_a_file_streams_as_it_scores(inferencer, video):
    streamed = list(inferencer.stream(video))
    scored = only(inferencer(video))
    assert scored.scores.tolist() == np.float32([score.score for score in streamed]).tolist()
    edges = scored.clock.edges
    assert [score.times for score in streamed] == list(pairwise(edges))


@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf'])
def test_bags_score_as_the_detector_scores_the_whole_video(folder, extractor, video, name):
    inferencer = build(folder, extractor, name)
    features = torch.from_numpy(features_of(extractor, video))
    with torch.inference_mode():
        expected = inferencer.detector.model.segment_scores(features)
    np.testing.assert_allclose(only(inferencer(video)).scores, expected, atol=1e-6)


@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf', 'bilstm_ucf'])
def test_sliding_scores_are_those_of_the_bag_up_to_each_segment(folder, extractor, video, name):
    inferencer = build(folder, extractor, name, 'sliding')
    features = torch.from_numpy(features_of(extractor, video))
    with torch.inference_mode():
        expected = [
            inferencer.detector.model.segment_scores(features[max(0, end - BAG) : end])[0]
            for end in range(1, len(features) + 1)
        ]
    np.testing.assert_allclose(only(inferencer(video)).scores, expected, atol=1e-6)


def test_attention_sums_to_one_over_a_bag(inferencer, video):
    attention = only(inferencer(video)).attention  # (R, S)
    for start, end in ((0, 3), (3, 6), (6, 8)):
        np.testing.assert_allclose(attention[:, start:end].sum(1), 1, atol=1e-6)


@pytest.mark.parametrize(('scoring', 'expected'), [('bags', 16 * BAG), ('sliding', 16)])
def test_a_score_comes_as_soon_as_its_last_frame_is_there(weights, extractor, scoring, expected):
    taken = []

    def camera():
        for number, frame in enumerate(numbered_frames(16 * 6)):
            taken.append(number)
            yield frame

    next(build_inferencer(weights, extractor, scoring=scoring, ahead=0).stream(camera()))
    assert len(taken) == expected


def test_a_feature_file_scores_as_its_video(inferencer, extractor, video, tmp_path):
    features = features_of(extractor, video)
    np.save(tmp_path / 'gate.npy', features)
    expected = only(inferencer(video)).scores.tolist()
    scored = only(inferencer(tmp_path / 'gate.npy'))
    assert scored.scores.tolist() == expected
    assert only(inferencer(features)).scores.tolist() == expected
    assert scored.clock.fps is scored.clock.num_frames is None
    assert only(inferencer(tmp_path / 'gate.npy', fps=25)).clock.fps == 25


def test_a_crop_major_file_scores_as_its_config_says(weights, extractor, video, tmp_path):
    features = features_of(extractor, video)
    np.save(tmp_path / 'skd.npy', features)
    np.save(tmp_path / 'ksd.npy', features.swapaxes(0, 1))
    cfg = detector_config()
    inferencer = AnomalyInferencer(load_detector(cfg, weights, device='cpu'))
    expected = only(inferencer(tmp_path / 'skd.npy')).scores
    error = error_of(inferencer(tmp_path / 'ksd.npy'))
    assert 'ksd.npy: expected (segments, 5, channels), got shape (5, 8, 8)' in error
    assert "looks like crops first; the detector's config says so by layout='KSD'" in error
    cfg.test_dataloader.dataset.features.layout = 'KSD'
    inferencer = AnomalyInferencer(load_detector(cfg, weights, device='cpu'))
    assert only(inferencer(tmp_path / 'ksd.npy')).scores.tolist() == expected.tolist()
    assert 'looks like segments first' in error_of(inferencer(tmp_path / 'skd.npy'))


def test_feature_files_need_no_extractor(weights, tmp_path, video):
    inferencer = build_inferencer(weights)
    np.save(tmp_path / 'a.npy', np.zeros((4, CHANNELS), np.float32))
    assert only(inferencer(tmp_path / 'a.npy')).num_segments == 4
    assert 'no extractor was given' in error_of(inferencer(video))
    with pytest.raises(ValueError, match='no extractor was given'):
        inferencer.stream(numbered_frames(16))


@pytest.mark.parametrize(
    ('features', 'reason'),
    [
        (np.zeros((4, CROPS, CHANNELS + 1), np.float32), 'expected features'),
        (np.zeros((0, CROPS, CHANNELS), np.float32), 'expected features'),
        (np.zeros((4, CROPS + 1, CHANNELS), np.float32), 'expected (segments, 5, channels)'),
        (np.zeros(4, np.float32), 'expected two or three axes'),
        (np.full((4, CROPS, CHANNELS), np.nan, np.float32), 'hold NaN or Inf'),
        (np.full((4, CROPS, CHANNELS), np.inf, np.float32), 'hold NaN or Inf'),
    ],
)
def test_unfit_features_are_named(inferencer, tmp_path, features, reason):
    np.save(tmp_path / 'bad.npy', features)
    error = error_of(inferencer(tmp_path / 'bad.npy'))
    assert 'bad.npy' in error and reason in error


def test_features_beyond_all_bounds_are_the_fault_of_their_input(extractor, video, tmp_path):
    weights = write_checkpoint(tmp_path / 'a.pth', detector_config(), seed=2)
    features = np.zeros((4, CROPS, CHANNELS), np.float32)
    features[3] = 3e38 * np.random.default_rng(0).choice([-1, 1], (CROPS, CHANNELS))  # finite
    np.save(tmp_path / 'huge.npy', features)
    huge, other = build_inferencer(weights, extractor)([tmp_path / 'huge.npy', video]).videos
    assert huge.error == 'segment 3 has no score: its features are too large for the detector'
    assert other.error is None and other.num_segments == 8


@pytest.mark.parametrize('tail', ['ceil', 'floor'])
def test_an_extracted_file_has_the_frames_and_times_of_its_video(video, tail, tmp_path):
    extractor = cheap_extractor(tmp_path, tail=tail)
    weights = write_checkpoint(tmp_path / 'b.pth', detector_config())
    inferencer = build_inferencer(weights, extractor, rule=0.0)
    extract_videos([Video(video, 'gate')], tmp_path, extractor)
    expected, found = only(inferencer(video)), only(inferencer(tmp_path / 'gate.npy'))
    assert found.scores.tolist() == expected.scores.tolist()
    assert found.attention.tolist() == expected.attention.tolist()
    assert (found.events, found.tail) == (expected.events, tail)
    assert found.clock.to_dict() == expected.clock.to_dict()
    assert (found.clock.num_frames, found.clock.fps) == (NUM_FRAMES, 25)


def test_times_of_a_variable_rate_are_those_of_the_file(inferencer, tmp_path):
    times = [round(1000 * n / 30) for n in range(160)]
    times += [round(1000 * (160 / 30 + n / 6)) for n in range(96)]
    path = write_video(tmp_path / 'slow.mkv', numbered_frames(256), times=times)
    inferencer.rule = EventRule(0.0)
    scored = only(inferencer(path))
    assert scored.clock.edges[10] == pytest.approx(160 / 30, abs=2e-3)  # not 13.09, as by average
    assert scored.clock.edges[[0, 11, 16]] == pytest.approx([0, 8.0, 160 / 30 + 16], abs=2e-3)
    (event,) = scored.events
    assert (event.start_time, event.end_time) == (0.0, scored.clock.edges[16])
    starts = [score.start_time for score in inferencer.stream(path)]
    assert starts == pytest.approx(scored.clock.edges[:-1].tolist(), abs=1 / 30)
    late = replace(scored, scores=np.arange(16) >= 10, events=()).cut(EventRule(0.5))
    assert late.events[0].start_time == pytest.approx(160 / 30, abs=2e-3)


def test_a_record_that_does_not_fit_its_file_is_an_error(inferencer, extractor, tmp_path):
    np.save(tmp_path / 'a.npy', np.zeros((4, CROPS, CHANNELS), np.float32))
    record = dict(format=FORMAT, features=extractor.record, video=dict(num_frames=30, fps=25))
    write_json(record_path(tmp_path / 'a.npy'), record)
    error = error_of(inferencer(tmp_path / 'a.npy'))
    assert error == '4 segments of 16 frames do not fit 30 frames'


def test_features_made_differently_are_refused(inferencer, extractor, tmp_path):
    np.save(tmp_path / 'a.npy', np.zeros((4, CROPS, CHANNELS), np.float32))
    record = dict(format=FORMAT, features=dict(extractor.record, tail='floor'))
    write_json(record_path(tmp_path / 'a.npy'), record)
    error = error_of(inferencer(tmp_path / 'a.npy'))
    assert 'a.npy' in error and "tail: 'ceil' and 'floor'" in error


def test_one_bad_input_does_not_stop_the_rest(inferencer, video, tmp_path):
    noise = tmp_path / 'noise.mp4'
    noise.write_bytes(b'no video at all')
    sound = write_sound(tmp_path / 'sound.mp4', np.zeros(800, np.float32), 16000)
    videos = inferencer([noise, sound, tmp_path / 'absent.mp4', video]).videos
    errors = [video.error for video in videos]
    assert 'FFmpeg cannot open it' in errors[0]
    assert 'no video stream; streams found: audio' in errors[1]
    assert 'No such file' in errors[2] and 'absent.mp4' in errors[2]
    assert errors[3] is None


def test_a_rule_in_seconds_needs_a_frame_rate_of_each_input(weights, extractor, video, tmp_path):
    np.save(tmp_path / 'a.npy', np.zeros((4, CHANNELS), np.float32))
    inferencer = build_inferencer(weights, extractor, rule=EventRule(0.5, min_seconds=1))
    features, other = inferencer([tmp_path / 'a.npy', video]).videos
    assert features.error.startswith('min_seconds=1 and merge_seconds=0 need the frame rate')
    assert other.error is None


def test_zero_frames_are_an_error(inferencer):
    with pytest.raises(ValueError, match='there is no frame'):
        list(inferencer.stream([]))
    assert 'there is no frame' in error_of(inferencer(iter(())))


def test_a_video_shorter_than_a_segment_that_is_dropped_is_an_error(weights, folder):
    extractor = cheap_extractor(folder, tail='floor')
    inferencer = build_inferencer(weights, extractor, allow_other_features=True)
    error = error_of(inferencer(numbered_frames(7)))
    assert error == "7 frames give no segment with tail 'floor'"


def test_nothing_mixes_over_a_gap(weights, extractor):
    inferencer = build_inferencer(weights, extractor, rule=0.0)
    frames = list(numbered_frames(NUM_FRAMES))
    cut = 16 * 4 + 9
    gap = Gap('rain', seconds=3.0)
    streamed = list(inferencer.stream([*frames[:cut], gap, *frames[cut:]]))
    alone = [*inferencer.stream(frames[:cut]), *inferencer.stream(frames[cut:])]
    assert [score.score for score in streamed] == [score.score for score in alone]
    assert [score.segment for score in streamed] == list(range(8))
    assert [score.gap for score in streamed] == [None] * 5 + [gap] + [None] * 2
    scored = only(inferencer([*frames[:cut], gap, *frames[cut:]]))
    assert scored.gaps == (ScoreGap(5, 3.0, 0, 'rain'),)
    assert [(e.start_segment, e.end_segment) for e in scored.events] == [(0, 5), (5, 8)]
    assert scored.clock.num_frames is None


def test_what_waits_is_scored_when_the_source_drops(inferencer):
    waiting = []
    openings = iter([list(numbered_frames(40)), [], list(numbered_frames(16))])
    source = reconnecting(lambda: next(openings, []), max_attempts=3, sleep=waiting.append)
    stream = inferencer.stream(source)
    assert [next(stream).segment for _ in range(3)] == [0, 1, 2]
    assert not waiting
    score = next(stream)
    assert score.segment == 3
    assert score.gap.attempts == 2 and score.gap.seconds >= 0
    with pytest.raises(ValueError, match='did not come back in 3 attempts'):
        next(stream)


def test_scores_before_a_breakdown_are_kept(inferencer):
    openings = iter([list(numbered_frames(40))])
    source = reconnecting(lambda: next(openings, []), max_attempts=1, sleep=lambda seconds: None)
    scored = only(inferencer(source))
    assert scored.num_segments == 3 and scored.clock.num_frames is None
    assert scored.incomplete.startswith('the source did not come back in 1 attempts')
    assert scored.gaps == (ScoreGap(3, None, 1, 'the source ended'),)


def test_an_address_that_breaks_down_before_its_first_frame_hides_its_password(inferencer):
    def broken():
        raise OSError('rtsp://a:b@gate: no route')
        yield

    assert error_of(inferencer(broken())) == 'rtsp:// …'


def test_a_live_source_has_the_clock_times_of_its_segments(inferencer, video):
    clock = datetime.now(UTC)

    def camera():
        for number, frame in enumerate(numbered_frames(64)):
            if number == 32:
                time.sleep(0.5)
            yield frame

    scored = only(inferencer(camera()))
    assert clock - timedelta(milliseconds=1) <= scored.started_at <= datetime.now(UTC)
    assert len(scored.arrivals) == 4 and (np.diff(scored.arrivals) >= 0).all()
    assert scored.arrivals[2] >= 0.5  # it came after the pause
    scored = only(inferencer(video))
    assert scored.started_at is scored.arrivals is scored.incomplete is None


def test_two_streams_at_once_do_not_disturb_each_other(inferencer):
    one, other = numbered_frames(16 * 6), numbered_frames(16 * 6)[::-1]
    expected = [[s.score for s in inferencer.stream(frames)] for frames in (one, other)]
    pairs = zip(inferencer.stream(one), inferencer.stream(other), strict=True)
    found = np.array([(a.score, b.score) for a, b in pairs]).T.tolist()
    assert found == expected


def test_an_extractor_that_differs_from_the_training_is_refused(weights, folder):
    other = cheap_extractor(folder, crops='ten')
    with pytest.raises(
        ValueError, match=r'trained on other features than those of the extractor: crops: \['
    ) as info:
        build_inferencer(weights, other)
    assert 'allow_other_features=True' in str(info.value)
    allowed = build_inferencer(weights, other, allow_other_features=True)
    assert allowed.made_by['features_as_trained'] is False


def test_an_extractor_that_differs_by_rounding_only_is_told_and_not_refused(weights, folder):
    made_by = build_inferencer(weights, cheap_extractor(folder, dtype='bfloat16')).made_by
    assert (made_by['dtype'], made_by['features_as_trained']) == ('bfloat16', True)
    unknown = write_checkpoint(folder / 'unknown.pth', detector_config())
    made_by = build_inferencer(unknown, cheap_extractor(folder)).made_by
    assert (made_by['dtype'], made_by['features_as_trained']) == ('float32', None)
    assert build_inferencer(weights).made_by['features_as_trained'] is None


def test_an_extractor_of_another_width_is_refused(extractor, tmp_path):
    cfg = detector_config(channels=12)
    weights = write_checkpoint(tmp_path / 'wide.pth', cfg)
    with pytest.raises(ValueError, match='takes features of width 12, the extractor makes 8'):
        AnomalyInferencer(load_detector(cfg, weights, device='cpu'), extractor)


def test_an_extractor_of_audio_is_refused(weights):
    with pytest.raises(ValueError, match='the extractor is one of audio'):
        build_inferencer(weights, load_extractor('vggish', random_seed=0, device='cpu'))


@pytest.mark.parametrize('threshold', [-0.1, 1.5, float('nan')])
def test_a_threshold_outside_of_its_range_is_refused(weights, extractor, threshold):
    with pytest.raises(ValueError, match=r'threshold must lie in \[0, 1\]'):
        build_inferencer(weights, extractor, rule=threshold)


def test_the_calibrated_threshold_beside_the_weights_is_taken(tmp_path):
    weights = write_checkpoint(tmp_path / 'best.pth', detector_config())
    assert build_inferencer(weights).made_by['threshold_from'] == 'default, not calibrated'
    found = Calibration(EventRule(0.625), 1.0, 0.5, 0.1, 2.0, 4)
    write_calibration(weights, found)
    inferencer = build_inferencer(weights)
    assert inferencer.rule == EventRule(0.625)
    assert inferencer.made_by['threshold_from'] == 'best.pth.threshold.json'
    assert build_inferencer(weights, rule=0.25).rule == EventRule(0.25)
    other = replace(found, rule=EventRule(0.75))
    elsewhere = write_calibration(weights, other, tmp_path / 'night.json')
    assert build_inferencer(weights, rule=elsewhere).rule == EventRule(0.75)
    assert build_inferencer(weights, rule=elsewhere).made_by['threshold_from'] == 'night.json'
    with pytest.raises(FileNotFoundError, match='no calibrated threshold at'):
        build_inferencer(weights, rule=tmp_path / 'absent.json')


def test_a_threshold_of_another_scoring_or_bag_size_is_refused(tmp_path):
    weights = write_checkpoint(tmp_path / 'best.pth', detector_config())
    found = Calibration(EventRule(0.625), 1.0, 0.5, 0.1, 2.0, 4, 'sliding', BAG)
    write_calibration(weights, found)
    assert build_inferencer(weights, scoring='sliding').rule == EventRule(0.625)
    with pytest.raises(ValueError, match="calibrated on 'sliding' scores, got scoring 'bags'"):
        build_inferencer(weights)
    with pytest.raises(ValueError, match=r'on bags of 3 segments, the detector has bags of 2'):
        build_inferencer(weights, bag_size=2, scoring='sliding')
    assert build_inferencer(weights, rule=0.5, bag_size=2).rule == EventRule(0.5)


def test_a_threshold_of_another_segment_ranking_is_refused(tmp_path):
    weights = write_checkpoint(tmp_path / 'best.pth', detector_config())
    ranked = load_detector(detector_config(), weights, segment_ranking=1.0, device='cpu')
    found = Calibration(EventRule(0.625), 1.0, 0.5, 0.1, 2.0, 4, 'bags', BAG, segment_ranking=1.0)
    write_calibration(weights, found)
    assert AnomalyInferencer(ranked).rule == EventRule(0.625)
    message = 'on scores with segment_ranking 1, the detector has 0; calibrate on its scores'
    with pytest.raises(ValueError, match=message):
        build_inferencer(weights)
    assert build_inferencer(weights, rule=0.5).rule == EventRule(0.5)


@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf'])
@pytest.mark.parametrize('scoring', ['bags', 'sliding'])
def test_ranked_scores_of_a_file_are_those_of_its_frames(folder, extractor, video, name, scoring):
    plain = build(folder, extractor, name, scoring)
    weights = plain.detector.weights
    detector = load_detector(detector_config(name), weights, device='cpu', segment_ranking=1.0)
    inferencer = AnomalyInferencer(detector, extractor, scoring=scoring)
    scores = inferencer.score(video).scores
    with open_video(video) as reader:
        streamed = [score.score for score in inferencer.stream(iter(reader), fps=25)]
    assert scores.tolist() == np.float32(streamed).tolist()
    assert len(set(scores.tolist())) == 8
    assert not np.allclose(scores, plain.score(video).scores, atol=1e-4)


def test_a_threshold_of_another_checkpoint_is_refused(tmp_path):
    weights, other = (
        write_checkpoint(tmp_path / f'{seed}.pth', detector_config(), seed=seed) for seed in (0, 1)
    )
    path = write_calibration(weights, Calibration(EventRule(0.625), 1.0, 0.5, 0.1, 2.0, 4))
    with pytest.raises(ValueError, match='made for another checkpoint'):
        build_inferencer(other, rule=path)


def test_a_stream_needs_a_bag_size(video, extractor, tmp_path):
    cfg = detector_config(bag_size=None)
    weights = write_checkpoint(tmp_path / 'whole.pth', cfg)
    with pytest.raises(ValueError, match='scores a whole video as one bag'):
        AnomalyInferencer(load_detector(cfg, weights, device='cpu'), extractor)
    detector = load_detector(cfg, weights, bag_size=8, device='cpu')
    scored = only(AnomalyInferencer(detector, extractor)(video))
    assert len(set(scored.scores.tolist())) == 1


def test_an_unknown_scoring_and_an_unfit_frame_rate_are_refused(inferencer, weights, video):
    with pytest.raises(ValueError, match=r"scoring must be one of \('bags', 'sliding'\)"):
        build_inferencer(weights, scoring='slide')
    for score in (inferencer, inferencer.stream):
        with pytest.raises(ValueError, match='fps must be a positive number'):
            score(numbered_frames(16), fps=0)


def test_progress_counts_every_frame(inferencer, video):
    steps = []
    inferencer(video, progress=lambda frames, share: steps.append((frames, share)))
    assert sum(frames for frames, _ in steps) == NUM_FRAMES
    assert steps[-1][1] == 1.0


def test_made_by_says_what_scored(inferencer, weights):
    made_by = inferencer.made_by
    assert (made_by['detector'], made_by['weights']) == ('salient_ucf', 'best.pth')
    assert (made_by['scoring'], made_by['bag_size']) == ('bags', BAG)
    assert made_by['segment_ranking'] == 0
    assert (made_by['extractor'], made_by['crops']) == ('cheap', 'five')
    assert made_by['features_as_trained'] is True
    assert inferencer.detector.sha256 == made_by['weights_sha256']
