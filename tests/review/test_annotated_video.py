"""Annotated videos: what is drawn, sound, time stamps, whole files only."""

import av
import numpy as np
import pytest
from video_files import STEP, cut_short, numbered_frames, write_video

from mmvad.apis.events import EventRule
from mmvad.apis.results import video_result
from mmvad.datasets.video import VideoError
from mmvad.visualization.annotated_video import ALARM, BACKGROUND, Annotator, write_annotated_video

SCORES = [0.1, 0.9, 0.2]
NUM_FRAMES = 40  # the last segment has 8 frames
EVENTS = video_result('a', SCORES, EventRule(0.5), num_frames=NUM_FRAMES, fps=25)['events']


def read(path):
    with av.open(str(path)) as container:
        pairs = [
            (frame.time, frame.to_ndarray(format='rgb24')) for frame in container.decode(video=0)
        ]
    return [time for time, _ in pairs], np.stack([picture for _, picture in pairs])


def sound_of(path):
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        samples = np.concatenate([frame.to_ndarray() for frame in container.decode(stream)], axis=1)
        return stream.codec_context.name, stream.codec_context.rate, samples


def has_border(picture, width=96, height=64):
    edge = np.concatenate([picture[0, :width], picture[height - 1, :width]]).astype(int)
    return np.abs(edge - ALARM).mean() < 40


@pytest.fixture(scope='module')
def video(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp('v') / 'a.mp4', numbered_frames(NUM_FRAMES))


def test_the_border_stands_around_the_frames_of_an_event_only(video, tmp_path):
    steps = []
    out = tmp_path / 'new' / 'out.mp4'
    write_annotated_video(video, out, SCORES, 0.5, EVENTS, progress=steps.append)
    times, pictures = read(out)
    assert sum(steps) == len(pictures) == NUM_FRAMES
    assert [has_border(picture) for picture in pictures] == [
        16 <= frame < 32 for frame in range(NUM_FRAMES)
    ]
    np.testing.assert_allclose(times, np.arange(NUM_FRAMES) / 25, atol=1e-4)
    grey = pictures[:, 48:60, 30:60].mean((1, 2, 3))
    np.testing.assert_allclose(grey, np.arange(NUM_FRAMES) * STEP, atol=6)  # frames in their order


def test_the_bar_is_as_long_as_the_score():
    annotator = Annotator(200, 100, [0.25, 0.75], threshold=0.5)
    picture = np.zeros((100, 200, 3), np.uint8)
    row = 100 + 7
    lengths = [
        (annotator.draw(picture, frame, 0.0)[row, 106:195, 2] > 60).sum() for frame in (0, 16)
    ]
    assert 20 <= lengths[0] <= 30
    assert annotator.draw(picture, 16, 0.0)[row, 106:160].tolist().count(list(ALARM)) > 40


def test_frames_behind_the_last_segment_have_no_score():
    annotator = Annotator(64, 48, [0.9], threshold=0.5, events=EVENTS[:0])
    picture = np.zeros((48, 64, 3), np.uint8)
    with_score, without = annotator.draw(picture, 3, 0.1), annotator.draw(picture, 17, 0.6)
    assert not np.array_equal(with_score, without)


@pytest.mark.parametrize(('width', 'height'), [(64, 48), (63, 47), (64, 47)])
def test_canvases_have_even_sides_and_keep_the_picture(width, height):
    annotator = Annotator(width, height, SCORES, 0.5)
    picture = np.full((height, width, 3), 200, np.uint8)
    drawn = annotator.draw(picture, 0, 0.0)
    assert drawn.shape == (annotator.height, annotator.width, 3)
    assert annotator.width % 2 == annotator.height % 2 == 0
    assert (drawn[:height, :width] == 200).all()
    assert (drawn[:height, width:] == BACKGROUND).all()


def test_a_long_video_fits_into_the_curve_below():
    scores = np.zeros(50_000, np.float32)
    scores[30_000] = 1.0
    drawn = Annotator(100, 80, scores, 0.5).draw(np.zeros((80, 100, 3), np.uint8), 0, 0.0)
    column = drawn[80 + 14 + 4, :, 2] > 60
    assert column.nonzero()[0].tolist()[-1] == 60


def test_sound_is_kept(tmp_path):
    tone = np.sin(2 * np.pi * 440 * np.arange(16000 * 1.6) / 16000).astype(np.float32) / 2
    video = write_video(tmp_path / 'a.mkv', numbered_frames(NUM_FRAMES), audio=(tone, 16000))
    write_annotated_video(video, tmp_path / 'encoded.mp4', SCORES, 0.5, EVENTS)
    codec, rate, samples = sound_of(tmp_path / 'encoded.mp4')
    assert codec == 'aac' and abs(samples.shape[1] / rate - 1.6) < 0.1
    spectrum = np.abs(np.fft.rfft(samples[0]))
    assert abs(spectrum.argmax() * rate / samples.shape[1] - 440) < 3
    write_annotated_video(tmp_path / 'encoded.mp4', tmp_path / 'copied.mp4', SCORES, 0.5, EVENTS)
    again = sound_of(tmp_path / 'copied.mp4')
    assert again[0] == 'aac'
    assert read(tmp_path / 'copied.mp4')[0][0] == 0
    np.testing.assert_array_equal(again[2][:, :20000], samples[:, :20000])


def test_no_sound_stays_no_sound(video, tmp_path):
    write_annotated_video(video, tmp_path / 'out.mp4', SCORES, 0.5)
    assert sound_of(tmp_path / 'out.mp4') is None


def test_variable_frame_rate_is_kept(tmp_path):
    times = np.cumsum([0, *([40] * 10), *([120] * 9)])
    video = write_video(tmp_path / 'a.mkv', numbered_frames(20), times=times)
    write_annotated_video(video, tmp_path / 'out.mp4', SCORES[:2], 0.5)
    np.testing.assert_allclose(read(tmp_path / 'out.mp4')[0], times / 1000, atol=2e-3)


def test_scores_of_a_resampled_video_lie_at_their_time(video, tmp_path):
    events = [dict(id=1, start_frame=16, end_frame=32)]  # at 50 frames/s: 0.32 to 0.64 s
    write_annotated_video(video, tmp_path / 'out.mp4', [0.1] * 5, 0.5, events, resampled_fps=50)
    times, pictures = read(tmp_path / 'out.mp4')
    assert [has_border(picture) for picture in pictures] == [
        0.32 - 1e-6 <= time < 0.64 - 1e-6 for time in times
    ]


def test_turned_videos_are_upright(tmp_path):
    video = write_video(tmp_path / 'a.mp4', numbered_frames(16), rotation=90)
    write_annotated_video(video, tmp_path / 'out.mp4', SCORES[:1], 0.5)
    assert read(tmp_path / 'out.mp4')[1].shape[2] == 64


def test_what_cannot_be_read_leaves_no_file(tmp_path):
    bad = tmp_path / 'bad.mp4'
    bad.write_bytes(b'no video')
    with pytest.raises(VideoError, match='FFmpeg cannot open it'):
        write_annotated_video(bad, tmp_path / 'out' / 'a.mp4', SCORES, 0.5)
    with pytest.raises(ValueError, match='scores must lie in'):
        write_annotated_video(
            cut_short(write_video(tmp_path / 'c.mkv', numbered_frames(40)), 0.7),
            tmp_path / 'out' / 'a.mp4',
            [2.0],
            0.5,
        )
    with pytest.raises(ValueError, match='an annotated video is an MP4 file'):
        write_annotated_video(bad, tmp_path / 'a.avi', SCORES, 0.5)
    assert not (tmp_path / 'out').exists()


def test_a_writer_that_breaks_off_leaves_no_file(video, tmp_path):
    def stop(frames):
        raise OSError('disk full')

    with pytest.raises(OSError, match='disk full'):
        write_annotated_video(video, tmp_path / 'out' / 'a.mp4', SCORES, 0.5, progress=stop)
    assert list((tmp_path / 'out').iterdir()) == []


def test_a_score_at_the_threshold_is_an_alarm():
    picture = np.zeros((64, 96, 3), np.uint8)
    for score, is_alarm in ((0.7, True), (0.69, False)):
        drawn = Annotator(96, 64, [score], threshold=0.7).draw(picture, 0, 0.0)
        assert (drawn[64:78] == ALARM).all(-1).any() == is_alarm  # the row of the bar
