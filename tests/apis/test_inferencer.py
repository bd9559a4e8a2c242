"""Files, frames and streams: equal scores, no mixing over gaps, refusals by name."""

import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import torch
from toy_detector import (
    BAG,
    CHANNELS,
    cheap_extractor,
    detector_config,
    write_checkpoint,
)
from video_files import numbered_frames, write_sound, write_video

from mmvad.apis import AnomalyInferencer
from mmvad.datasets.feature_record import FORMAT, record_path
from mmvad.extraction.features import iter_features
from mmvad.extraction.run import extract_videos
from mmvad.extraction.videos import Video
from mmvad.files import write_json
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


def build(weights, extractor, name='salient_ucf', **options):
    return AnomalyInferencer(detector_config(name), weights, extractor, **options)


@pytest.fixture
def inferencer(weights, extractor):
    return build(weights, extractor)


def bilstm(folder, extractor, name, **options):
    weights = write_checkpoint(folder / f'{name}.pth', detector_config(name))
    return build(weights, extractor, name, **options)


def scores_of(document):
    (entry,) = document['videos']
    assert entry['error'] is None
    return entry['scores']


@pytest.mark.parametrize('mode', ['bags', 'sliding'])
@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf', 'bilstm_ucf'])
def test_a_file_and_its_frames_as_a_stream_score_the_same(folder, extractor, video, name, mode):
    inferencer = bilstm(folder, extractor, name)
    with open_video(video) as reader:
        frames = list(reader)
    streamed = list(inferencer.stream(iter(frames), fps=25, mode=mode))
    document = inferencer(video, mode=mode)
    check_results(document)
    assert scores_of(document) == [score.score for score in streamed]
    assert scores_of(inferencer(np.stack(frames), mode=mode)) == scores_of(document)
    assert [score.segment for score in streamed] == list(range(8))
    assert len(set(scores_of(document))) > (6 if mode == 'sliding' else 2)
    (entry,) = document['videos']
    assert (entry['fps'], entry['num_frames'], entry['num_segments']) == (25, NUM_FRAMES, 8)
    last = streamed[-1]
    assert (last.start_frame, last.end_frame) == (112, NUM_FRAMES)
    assert (last.start_time, last.end_time) == (112 / 25, NUM_FRAMES / 25)
    if name != 'bilstm_ucf':
        assert entry['attention'][0] == [score.attention[0] for score in streamed]


@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf'])
def test_bags_score_as_the_detector_scores_the_whole_video(folder, extractor, video, name):
    inferencer = bilstm(folder, extractor, name)
    pieces = [piece for _, piece in iter_features(video, extractor.network, extractor.settings)]
    features = torch.from_numpy(np.concatenate(pieces))
    with torch.inference_mode():
        expected = inferencer.detector.segment_scores(features)
    np.testing.assert_allclose(scores_of(inferencer(video)), expected, atol=1e-6)


@pytest.mark.parametrize('name', ['salient_ucf', 'salient_bilstm_ucf', 'bilstm_ucf'])
def test_sliding_scores_are_those_of_the_bag_up_to_each_segment(folder, extractor, video, name):
    inferencer = bilstm(folder, extractor, name)
    pieces = [piece for _, piece in iter_features(video, extractor.network, extractor.settings)]
    features = torch.from_numpy(np.concatenate(pieces))  # (S, K, D)
    with torch.inference_mode():
        expected = [
            inferencer.detector.segment_scores(features[max(0, end - BAG) : end])[0]
            for end in range(1, len(features) + 1)
        ]
    found = scores_of(inferencer(video, mode='sliding'))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_attention_sums_to_one_over_a_bag(inferencer, video):
    attention = np.array(inferencer(video)['videos'][0]['attention'])  # (R, S)
    for start, end in ((0, 3), (3, 6), (6, 8)):
        np.testing.assert_allclose(attention[:, start:end].sum(1), 1, atol=1e-6)


def test_a_bag_is_scored_as_soon_as_its_last_frame_is_there(weights, extractor):
    taken = []

    def camera():
        for number, frame in enumerate(numbered_frames(16 * 6)):
            taken.append(number)
            yield frame

    inferencer = build(weights, extractor, ahead=0)
    stream = inferencer.stream(camera(), mode='bags')
    next(stream)
    assert len(taken) == 16 * BAG
    taken.clear()
    next(inferencer.stream(camera(), mode='sliding'))
    assert len(taken) == 16


def test_a_feature_file_scores_as_its_video(inferencer, extractor, video, tmp_path):
    pieces = [piece for _, piece in iter_features(video, extractor.network, extractor.settings)]
    features = np.concatenate(pieces)
    np.save(tmp_path / 'gate.npy', features)
    expected = scores_of(inferencer(video))
    assert scores_of(inferencer(tmp_path / 'gate.npy')) == expected
    assert scores_of(inferencer(features)) == expected
    (entry,) = inferencer(tmp_path / 'gate.npy')['videos']
    assert entry['fps'] is entry['num_frames'] is None
    (entry,) = inferencer(tmp_path / 'gate.npy', fps=25)['videos']
    assert entry['fps'] == 25


def test_feature_files_need_no_extractor(weights, tmp_path, video):
    inferencer = AnomalyInferencer(detector_config(), weights)
    np.save(tmp_path / 'a.npy', np.zeros((4, CHANNELS), np.float32))
    assert len(scores_of(inferencer(tmp_path / 'a.npy'))) == 4
    assert 'no extractor was given' in inferencer(video)['videos'][0]['error']
    with pytest.raises(ValueError, match='no extractor was given'):
        inferencer.stream(numbered_frames(16))


@pytest.mark.parametrize(
    ('features', 'reason'),
    [
        (np.zeros((4, 5, CHANNELS + 1), np.float32), 'expected features'),
        (np.zeros((0, 5, CHANNELS), np.float32), 'expected features'),
        (np.full((4, 5, CHANNELS), np.nan, np.float32), 'hold NaN or Inf'),
    ],
)
def test_unfit_features_are_named(inferencer, tmp_path, features, reason):
    np.save(tmp_path / 'bad.npy', features)
    error = inferencer(tmp_path / 'bad.npy')['videos'][0]['error']
    assert 'bad.npy' in error and reason in error


@pytest.mark.parametrize('tail', ['ceil', 'floor'])
def test_an_extracted_file_has_the_frames_and_times_of_its_video(video, tail, tmp_path):
    extractor = cheap_extractor(tmp_path, tail=tail)
    inferencer = build(write_checkpoint(tmp_path / 'b.pth', detector_config()), extractor, rule=0.0)
    extract_videos([Video(video, 'gate')], tmp_path, extractor)
    keys = ('fps', 'num_frames', 'num_segments', 'scores', 'attention', 'events')
    (expected,) = inferencer(video)['videos']
    (entry,) = inferencer(tmp_path / 'gate.npy')['videos']
    assert [entry[key] for key in keys] == [expected[key] for key in keys]
    assert entry['num_frames'] == NUM_FRAMES and entry['fps'] == 25


def test_a_record_that_does_not_fit_its_file_is_an_error(inferencer, extractor, tmp_path):
    np.save(tmp_path / 'a.npy', np.zeros((4, 5, CHANNELS), np.float32))
    record = dict(format=FORMAT, features=extractor.record, video=dict(num_frames=30, fps=25))
    write_json(record_path(tmp_path / 'a.npy'), record)
    error = inferencer(tmp_path / 'a.npy')['videos'][0]['error']
    assert error == '4 segments of 16 frames do not fit 30 frames'


def test_features_made_otherwise_are_refused(inferencer, extractor, tmp_path):
    np.save(tmp_path / 'a.npy', np.zeros((4, 5, CHANNELS), np.float32))
    record = dict(format=FORMAT, features=dict(extractor.record, tail='floor'))
    write_json(record_path(tmp_path / 'a.npy'), record)
    error = inferencer(tmp_path / 'a.npy')['videos'][0]['error']
    assert "tail: 'ceil' and 'floor'" in error


def test_one_bad_input_does_not_stop_the_rest(inferencer, video, tmp_path):
    noise = tmp_path / 'noise.mp4'
    noise.write_bytes(b'no video at all')
    sound = write_sound(tmp_path / 'sound.mp4', np.zeros(800, np.float32), 16000)
    document = inferencer([noise, sound, tmp_path / 'absent.mp4', video])
    check_results(document)
    errors = [entry['error'] for entry in document['videos']]
    assert 'FFmpeg cannot open it' in errors[0]
    assert 'no video stream; streams found: audio' in errors[1]
    assert 'No such file' in errors[2] and 'absent.mp4' in errors[2]
    assert errors[3] is None


def test_zero_frames_are_an_error(inferencer):
    with pytest.raises(ValueError, match='there is no frame'):
        list(inferencer.stream([]))
    assert 'there is no frame' in inferencer(iter(()))['videos'][0]['error']


def test_a_video_shorter_than_a_segment_that_is_dropped_is_an_error(weights, folder):
    inferencer = build(weights, cheap_extractor(folder, tail='floor'), allow_other_features=True)
    error = inferencer(numbered_frames(7))['videos'][0]['error']
    assert error == "7 frames give no segment with tail 'floor'"


def test_a_folder_is_all_its_videos(inferencer, tmp_path):
    for name in ('b', 'a'):
        write_video(tmp_path / f'{name}.mp4', numbered_frames(20))
    document = inferencer(tmp_path)
    assert [entry['video'] for entry in document['videos']] == [
        str(tmp_path / 'a.mp4'),
        str(tmp_path / 'b.mp4'),
    ]
    (tmp_path / 'features' / 'b').mkdir(parents=True)
    for name in ('b/x.npy', 'a.npy'):
        np.save(tmp_path / 'features' / name, np.zeros((4, CHANNELS), np.float32))
    document = inferencer(tmp_path / 'features')
    assert [entry['video'] for entry in document['videos']] == [
        str(tmp_path / 'features' / 'a.npy'),
        str(tmp_path / 'features' / 'b' / 'x.npy'),
    ]
    with pytest.raises(ValueError, match='nothing to score'):
        inferencer([])


def test_nothing_mixes_over_a_gap(inferencer):
    frames = list(numbered_frames(NUM_FRAMES))
    cut = 16 * 4 + 9
    gap = Gap('rain', seconds=3.0)
    streamed = list(inferencer.stream([*frames[:cut], gap, *frames[cut:]]))
    alone = [*inferencer.stream(frames[:cut]), *inferencer.stream(frames[cut:])]
    assert [score.score for score in streamed] == [score.score for score in alone]
    assert [score.segment for score in streamed] == list(range(8))
    assert [score.gap for score in streamed] == [None] * 5 + [gap] + [None] * 2
    (entry,) = inferencer([*frames[:cut], gap, *frames[cut:]])['videos']
    assert entry['gaps'] == [dict(segment=5, seconds=3.0, attempts=0, reason='rain')]
    everything = video_result('x', entry['scores'], EventRule(0), gaps=entry['gaps'])
    assert [(e['start_segment'], e['end_segment']) for e in everything['events']] == [
        (0, 5),
        (5, 8),
    ]
    assert entry['num_frames'] is None


def test_what_waits_is_scored_when_the_source_drops(weights, extractor):
    waiting = []
    openings = iter([list(numbered_frames(40)), [], list(numbered_frames(16))])
    source = reconnecting(
        lambda: next(openings, []),
        max_attempts=3,
        sleep=waiting.append,
    )
    stream = build(weights, extractor).stream(source)
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
    (entry,) = inferencer(source)['videos']
    assert len(entry['scores']) == 3 and entry['num_frames'] is None
    assert entry['incomplete'].startswith('the source did not come back in 1 attempts')
    assert entry['gaps'] == [
        dict(segment=3, seconds=None, attempts=1, reason='the source ended'),
    ]


def test_a_live_source_has_the_clock_times_of_its_segments(inferencer, video):
    clock = datetime.now(UTC)

    def camera():
        for number, frame in enumerate(numbered_frames(64)):
            if number == 32:
                time.sleep(0.5)
            yield frame

    document = inferencer(camera())
    (entry,) = document['videos']
    check_results(document)
    started = datetime.fromisoformat(entry['started_at'])
    assert clock - timedelta(milliseconds=1) <= started <= datetime.now(UTC)
    assert len(entry['arrivals']) == 4 and entry['arrivals'] == sorted(entry['arrivals'])
    assert entry['arrivals'][2] - entry['arrivals'][1] > 0.3
    (entry,) = inferencer(video)['videos']
    assert entry['started_at'] is entry['arrivals'] is entry['incomplete'] is None


def test_two_streams_at_once_do_not_disturb_each_other(inferencer):
    one, other = numbered_frames(16 * 6), numbered_frames(16 * 6)[::-1]
    expected = [[s.score for s in inferencer.stream(frames)] for frames in (one, other)]
    pairs = zip(inferencer.stream(one), inferencer.stream(other), strict=True)
    found = np.array([(a.score, b.score) for a, b in pairs]).T.tolist()
    assert found == expected


def test_extractor_that_differs_from_the_training_is_refused(weights, folder):
    other = cheap_extractor(folder, crops='ten')
    with pytest.raises(
        ValueError, match=r'made otherwise than by the extractor: crops: \['
    ) as info:
        build(weights, other)
    assert 'allow_other_features=True' in str(info.value)
    allowed = build(weights, other, allow_other_features=True)
    assert allowed.model['features_as_trained'] is False


def test_extractor_of_another_width_is_refused(folder, extractor, tmp_path):
    cfg = detector_config(channels=12)
    weights = write_checkpoint(tmp_path / 'wide.pth', cfg)
    with pytest.raises(ValueError, match='takes features of width 12, the extractor makes 8'):
        AnomalyInferencer(cfg, weights, extractor)


def test_extractor_of_audio_is_refused(weights):
    with pytest.raises(ValueError, match='the extractor is one of audio'):
        build(weights, 'vggish', extractor_seed=0)


def test_weights_of_another_config_are_refused_by_name(weights, extractor):
    with pytest.raises(ValueError, match=r'does not hold the weights.*attention\.hops\.weight'):
        AnomalyInferencer('salient_ucf_da128_r7', weights, extractor)
    with pytest.raises(FileNotFoundError, match='checkpoint not found: absent'):
        build('absent.pth', extractor)


def test_weights_that_ask_to_run_code_are_refused(extractor, tmp_path):
    torch.save(dict(state_dict=dict(a=print)), tmp_path / 'evil.pth')
    with pytest.raises(ValueError, match='it asks for print'):
        build(tmp_path / 'evil.pth', extractor)


@pytest.mark.parametrize('threshold', [-0.1, 1.5, float('nan')])
def test_threshold_outside_of_its_range_is_refused(weights, extractor, threshold):
    with pytest.raises(ValueError, match=r'threshold must lie in \[0, 1\]'):
        build(weights, extractor, rule=threshold)


def test_the_calibrated_threshold_beside_the_weights_is_taken(extractor, tmp_path):
    weights = write_checkpoint(tmp_path / 'best.pth', detector_config())
    assert build(weights, extractor).model['threshold_from'] == 'default, not calibrated'
    found = Calibration(EventRule(0.625), 1.0, 0.5, 0.1, 2.0, 4)
    write_calibration(weights, found)
    inferencer = build(weights, extractor)
    assert inferencer.rule == EventRule(0.625)
    assert inferencer.model['threshold_from'] == 'best.pth.threshold.json'
    assert build(weights, extractor, rule=0.25).rule == EventRule(0.25)
    elsewhere = write_calibration(weights, found, tmp_path / 'night.json')
    assert build(weights, extractor, threshold_file=elsewhere).rule == EventRule(0.625)
    with pytest.raises(ValueError, match='give a rule or a threshold file'):
        build(weights, extractor, rule=0.25, threshold_file=elsewhere)


def test_a_threshold_of_another_mode_or_bag_size_is_refused(extractor, tmp_path, video):
    weights = write_checkpoint(tmp_path / 'best.pth', detector_config())
    found = Calibration(EventRule(0.625), 1.0, 0.5, 0.1, 2.0, 4, 'sliding', BAG)
    write_calibration(weights, found)
    inferencer = build(weights, extractor)
    assert inferencer(video, mode='sliding')['threshold']['threshold'] == 0.625
    for score in (inferencer, inferencer.stream, inferencer.score_input):
        with pytest.raises(ValueError, match="calibrated on scores of mode 'sliding', got 'bags'"):
            score(video)
    with pytest.raises(ValueError, match=r'on bags of 3 segments, the detector has bags of 2'):
        build(weights, extractor, bag_size=2)
    assert build(weights, extractor, rule=0.5, bag_size=2).rule == EventRule(0.5)


def test_bag_size_can_be_chosen_and_must_be_there(extractor, weights, video, tmp_path):
    whole = detector_config(bag_size=None)
    weights = write_checkpoint(tmp_path / 'whole.pth', whole)
    with pytest.raises(ValueError, match='scores a whole video as one bag'):
        AnomalyInferencer(whole, weights, extractor)
    with pytest.raises(ValueError, match='bag_size must be at least 1, got 0'):
        AnomalyInferencer(whole, weights, extractor, bag_size=0)
    inferencer = AnomalyInferencer(whole, weights, extractor, bag_size=8)
    assert len(set(scores_of(inferencer(video)))) == 1


def test_unknown_mode_and_frame_rate_are_refused(inferencer, video):
    with pytest.raises(ValueError, match=r"mode must be one of \('bags', 'sliding'\)"):
        inferencer(video, mode='slide')
    with pytest.raises(ValueError, match='fps must be a positive number'):
        inferencer.stream(numbered_frames(16), fps=0)


def test_progress_counts_every_frame(inferencer, video):
    steps = []
    inferencer(video, progress=lambda frames, share: steps.append((frames, share)))
    assert sum(frames for frames, _ in steps) == NUM_FRAMES
    assert steps[-1][1] == 1.0


def test_unknown_name_of_the_package_is_an_attribute_error():
    from mmvad import apis

    with pytest.raises(AttributeError, match='has no attribute'):
        apis.Inferencer  # noqa: B018
