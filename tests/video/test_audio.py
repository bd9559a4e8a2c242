import numpy as np
import pytest
from video_files import numbered_frames, write_sound, write_video

from mmvad.video.audio import iter_audio, read_audio
from mmvad.video.errors import VideoError
from mmvad.video.readers import open_video


def tone(seconds, rate, hertz=440.0):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype('f4')


def test_audio_beside_a_video_comes_back(tmp_path):
    samples = tone(1.0, 16000)
    path = write_video(tmp_path / 'a.mkv', numbered_frames(25), audio=(samples, 16000))
    found = read_audio(path)
    assert found.dtype == np.float32
    assert found.shape == samples.shape
    assert np.abs(found - samples).max() < 1e-4


@pytest.mark.parametrize('rate', [8000, 44100, 48000])
def test_audio_is_resampled(tmp_path, rate):
    path = write_sound(tmp_path / 'a.wav', tone(1.0, rate), rate)
    found = read_audio(path, 16000)
    assert abs(len(found) - 16000) <= 2
    assert np.abs(found[500:-500] - tone(1.0, 16000)[500 : len(found) - 500]).max() < 0.01


def test_audio_comes_in_pieces(tmp_path):
    path = write_sound(tmp_path / 'a.wav', tone(4.0, 16000), 16000)
    pieces = list(iter_audio(path))
    assert len(pieces) > 4
    assert np.array_equal(np.concatenate(pieces), read_audio(path))


def test_no_audio_is_none(tmp_path):
    path = write_video(tmp_path / 'a.mp4', numbered_frames(4))
    assert read_audio(path) is None
    assert list(iter_audio(path)) == []


def test_audio_that_starts_late_comes_behind_silence(tmp_path):
    audio = (tone(1.0, 16000), 16000)
    path = write_video(tmp_path / 'a.mkv', numbered_frames(50), audio=audio, audio_start=3.0)
    with open_video(path) as reader:
        found = np.concatenate(list(iter_audio(path, start=reader.header.start)))
    assert len(found) == 4 * 16000
    assert not found[: 3 * 16000].any()
    assert np.abs(found[3 * 16000 :] - audio[0]).max() < 1e-4


def test_audio_before_the_first_frame_is_dropped(tmp_path):
    audio = (tone(1.0, 16000), 16000)
    times = 500 + np.arange(50) * 40
    path = write_video(tmp_path / 'a.mkv', numbered_frames(50), times=times, audio=audio)
    with open_video(path) as reader:
        found = np.concatenate(list(iter_audio(path, start=reader.header.start)))
    assert len(found) == 8000
    assert np.abs(found - audio[0][8000:]).max() < 1e-4


def test_damaged_audio_is_an_error(tmp_path):
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, 16000)
    path = write_sound(tmp_path / 'a.mkv', noise, 16000, codec='flac')
    assert len(read_audio(path)) == 16000
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    with pytest.raises(VideoError, match=r'a.mkv: the audio is damaged: a packet could not be'):
        read_audio(path)


def test_an_unknown_codec_is_named(tmp_path):
    path = write_sound(tmp_path / 'a.wav', tone(1.0, 16000), 16000)
    data = bytearray(path.read_bytes())
    data[20:22] = b'\xfa\xfa'  # the format tag
    path.write_bytes(data)
    with pytest.raises(VideoError, match=r'a.wav: FFmpeg has no decoder for its audio stream'):
        read_audio(path)


def test_files_and_rates_are_checked(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'absent.wav'):
        read_audio(tmp_path / 'absent.wav')
    with pytest.raises(ValueError, match='sample_rate must be positive, got 0'):
        read_audio(tmp_path / 'absent.wav', 0)
    (tmp_path / 'noise.wav').write_bytes(b'\x00' * 3000)
    with pytest.raises(VideoError, match=r'noise.wav: FFmpeg cannot open it'):
        read_audio(tmp_path / 'noise.wav')
