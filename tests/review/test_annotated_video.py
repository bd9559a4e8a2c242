"""Annotated videos: borders at their time, audio, time stamps, whole files only."""

import av
import numpy as np
import pytest
from video_files import STEP, cut_short, numbered_frames, write_video

from mmvad.clock import Clock
from mmvad.review.annotated_video import write_annotated_video
from mmvad.review.annotator import EVENT
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, failed_video
from mmvad.video.errors import VideoError

NUM_FRAMES = 40  # the last segment has 8 frames


def score(*scores, **clock):
    return ScoredVideo('a', scores, Clock(len(scores), **clock)).cut(EventRule(0.5))


SCORED = score(0.1, 0.9, 0.2, num_frames=NUM_FRAMES, fps=25)


def read(path):
    with av.open(str(path)) as container:
        pairs = [
            (frame.time, frame.to_ndarray(format='rgb24')) for frame in container.decode(video=0)
        ]
    return [time for time, _ in pairs], np.stack([picture for _, picture in pairs])


def audio_of(path):
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        samples = np.concatenate([frame.to_ndarray() for frame in container.decode(stream)], axis=1)
        return stream.codec_context.name, stream.codec_context.rate, samples


def has_border(picture, width=96, height=64):
    edge = np.concatenate([picture[0, :width], picture[height - 1, :width]]).astype(int)
    return np.abs(edge - EVENT).mean() < 40


@pytest.fixture(scope='module')
def video(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp('v') / 'a.mp4', numbered_frames(NUM_FRAMES))


def test_the_border_stands_around_the_frames_of_an_event_only(video, tmp_path):
    steps = []
    out = tmp_path / 'new' / 'out.mp4'
    write_annotated_video(video, out, SCORED, 0.5, progress=steps.append)
    times, pictures = read(out)
    assert sum(steps) == len(pictures) == NUM_FRAMES
    assert [has_border(picture) for picture in pictures] == [
        16 <= frame < 32 for frame in range(NUM_FRAMES)
    ]
    np.testing.assert_allclose(times, np.arange(NUM_FRAMES) / 25, atol=1e-4)
    grey = pictures[:, 48:60, 30:60].mean((1, 2, 3))
    np.testing.assert_allclose(grey, np.arange(NUM_FRAMES) * STEP, atol=6)  # frames in their order


def test_audio_is_kept(tmp_path):
    tone = np.sin(2 * np.pi * 440 * np.arange(16000 * 1.6) / 16000).astype(np.float32) / 2
    video = write_video(tmp_path / 'a.mkv', numbered_frames(NUM_FRAMES), audio=(tone, 16000))
    write_annotated_video(video, tmp_path / 'encoded.mp4', SCORED, 0.5)
    codec, rate, samples = audio_of(tmp_path / 'encoded.mp4')
    assert codec == 'aac' and abs(samples.shape[1] / rate - 1.6) < 0.1
    spectrum = np.abs(np.fft.rfft(samples[0]))
    assert abs(spectrum.argmax() * rate / samples.shape[1] - 440) < 3
    write_annotated_video(tmp_path / 'encoded.mp4', tmp_path / 'copied.mp4', SCORED, 0.5)
    again = audio_of(tmp_path / 'copied.mp4')
    assert again[0] == 'aac'
    assert read(tmp_path / 'copied.mp4')[0][0] == 0
    np.testing.assert_array_equal(again[2][:, :20000], samples[:, :20000])


def test_no_audio_stays_no_audio(video, tmp_path):
    write_annotated_video(video, tmp_path / 'out.mp4', SCORED, 0.5)
    assert audio_of(tmp_path / 'out.mp4') is None


def test_variable_frame_rate_is_kept_and_borders_stand_at_their_frames(tmp_path):
    times = np.cumsum([0, *([33] * 15), *([120] * 24)])  # Matroska rounds to milliseconds
    video = write_video(tmp_path / 'a.mkv', numbered_frames(NUM_FRAMES), times=times)
    edges = np.array([0, times[16], times[32], times[-1] + 120]) / 1000
    scored = score(0.1, 0.9, 0.2, num_frames=NUM_FRAMES, segment_times=edges)
    write_annotated_video(video, tmp_path / 'out.mp4', scored, 0.5)
    shown, pictures = read(tmp_path / 'out.mp4')
    np.testing.assert_allclose(shown, times / 1000, atol=2e-3)
    assert [has_border(picture) for picture in pictures] == [
        16 <= frame < 32 for frame in range(NUM_FRAMES)
    ]


@pytest.mark.parametrize('fps', [24, 30, 60])
def test_rounded_time_stamps_move_no_border(tmp_path, fps):
    times = np.round(np.arange(NUM_FRAMES) / fps * 1000)
    video = write_video(tmp_path / 'a.mkv', numbered_frames(NUM_FRAMES), fps=fps, times=times)
    scored = score(0.1, 0.9, 0.2, num_frames=NUM_FRAMES, fps=fps)
    write_annotated_video(video, tmp_path / 'out.mp4', scored, 0.5)
    assert [has_border(picture) for picture in read(tmp_path / 'out.mp4')[1]] == [
        16 <= frame < 32 for frame in range(NUM_FRAMES)
    ]


def test_frames_are_counted_where_the_rate_is_not_known(video, tmp_path):
    write_annotated_video(video, tmp_path / 'out.mp4', score(0.1, 0.9, 0.2), 0.5)
    assert [has_border(picture) for picture in read(tmp_path / 'out.mp4')[1]] == [
        16 <= frame < 32 for frame in range(NUM_FRAMES)
    ]


def test_scores_of_a_resampled_video_lie_at_their_time(video, tmp_path):
    scored = score(0.1, 0.9, 0.1, 0.1, 0.1, num_frames=80, fps=50)  # an event from 0.32 to 0.64 s
    write_annotated_video(video, tmp_path / 'out.mp4', scored, 0.5)
    times, pictures = read(tmp_path / 'out.mp4')
    assert [has_border(picture) for picture in pictures] == [
        0.32 - 1e-6 <= time < 0.64 - 1e-6 for time in times
    ]


def test_turned_videos_are_upright(tmp_path):
    video = write_video(tmp_path / 'a.mp4', numbered_frames(16), rotation=90)
    write_annotated_video(video, tmp_path / 'out.mp4', score(0.1), 0.5)
    assert read(tmp_path / 'out.mp4')[1].shape[2] == 64


def test_a_change_of_resolution_is_drawn_at_the_first_size(tmp_path):
    parts = [
        write_video(tmp_path / f'{width}.ts', numbered_frames(20, width, height))
        for width, height in ((96, 64), (128, 96))
    ]
    joined = tmp_path / 'joined.ts'
    joined.write_bytes(b''.join(part.read_bytes() for part in parts))
    write_annotated_video(joined, tmp_path / 'out.mp4', SCORED, 0.5)
    _, pictures = read(tmp_path / 'out.mp4')
    assert len(pictures) == NUM_FRAMES
    assert pictures.shape[2] == 96


def test_what_cannot_be_read_leaves_no_file(tmp_path):
    bad = tmp_path / 'bad.mp4'
    bad.write_bytes(b'no video')
    with pytest.raises(VideoError, match='FFmpeg cannot open it'):
        write_annotated_video(bad, tmp_path / 'out' / 'a.mp4', SCORED, 0.5)
    short = cut_short(write_video(tmp_path / 'c.mkv', numbered_frames(40)), 0.7)
    with pytest.raises(ValueError, match='has no scores to draw'):
        write_annotated_video(short, tmp_path / 'out' / 'a.mp4', failed_video('a', 'torn'), 0.5)
    with pytest.raises(ValueError, match='an annotated video is an MP4 file'):
        write_annotated_video(bad, tmp_path / 'a.avi', SCORED, 0.5)
    assert not (tmp_path / 'out').exists()


def test_a_writer_that_breaks_off_leaves_no_file(video, tmp_path):
    def stop(frames):
        raise OSError('disk full')

    with pytest.raises(OSError, match='disk full'):
        write_annotated_video(video, tmp_path / 'out' / 'a.mp4', SCORED, 0.5, progress=stop)
    assert list((tmp_path / 'out').iterdir()) == []
