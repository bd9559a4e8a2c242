"""Write the small videos that the tests read; nothing binary is kept."""

from fractions import Fraction

import av
import numpy as np

MILLISECOND = Fraction(1, 1000)
STEP = 6


def numbered_frames(count, width=96, height=64):
    """Gradients to the right in red and downwards in green; the lower half's grey is the number."""
    frames = np.zeros((count, height, width, 3), np.uint8)
    frames[..., 0] = np.linspace(0, 255, width).astype(np.uint8)
    frames[..., 1] = np.linspace(0, 255, height).astype(np.uint8)[:, None]
    frames[:, height // 2 :] = (np.arange(count) * STEP % 256)[:, None, None, None]
    return frames


def frame_numbers(frames):
    """Read the numbers back, through compression."""
    return [round(float(frame[frame.shape[0] * 3 // 4 :].mean()) / STEP) for frame in frames]


def write_video(
    path,
    frames,
    codec='libx264',
    fps=25,
    pixels='yuv420p',
    times=None,
    rotation=None,
    audio=None,
    audio_start=0.0,
    container_format=None,
    container_options=None,
):
    """Encode frames; `times` are milliseconds, `audio` is (samples, rate), from `audio_start` s."""
    options = container_options or {}
    with av.open(str(path), 'w', format=container_format, options=options) as container:
        stream = container.add_stream(codec, rate=fps)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixels
        if codec == 'mpeg4':
            stream.bit_rate = 8_000_000  # its own choice blurs the frames' numbers
        if rotation is not None:
            stream.set_display_rotation(rotation)
        if times is not None:
            stream.codec_context.time_base = MILLISECOND
        sound = None
        if audio is not None:
            sound = container.add_stream('pcm_s16le', rate=audio[1], layout='mono')
        for index, rgb in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(rgb, format='rgb24')
            if times is not None:
                frame.pts, frame.time_base = int(times[index]), MILLISECOND
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            encode_sound(container, sound, *audio, audio_start)
    return path


def write_sound(path, samples, rate, codec='pcm_s16le'):
    """Write a file that holds sound only."""
    with av.open(str(path), 'w') as container:
        sound = container.add_stream(codec, rate=rate, layout='mono')
        encode_sound(container, sound, samples, rate)
    return path


def encode_sound(container, stream, samples, rate, start=0.0):
    frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), 'fltp', 'mono')
    frame.sample_rate, frame.pts = rate, round(start * rate)
    frame.time_base = Fraction(1, rate)
    resampler = av.AudioResampler('s16', 'mono', rate, frame_size=1024)  # packets of that size
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        container.mux(stream.encode(piece))
    container.mux(stream.encode())


def cut_short(path, share):
    """Keep the first part of a file's bytes."""
    data = path.read_bytes()
    short = path.with_name(f'cut_{path.name}')
    short.write_bytes(data[: int(len(data) * share)])
    return short


# Texts that name other files, which a reader of videos may follow.
LISTS = {
    'ffconcat': "ffconcat version 1.0\nfile '{name}'\n",
    'ffconcat with its place': "ffconcat version 1.0\nfile '{folder}/{name}'\n",
    'm3u8': '#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{name}\n#EXT-X-ENDLIST\n',
    'm3u8 with its place': '#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{folder}/{name}\n'
    '#EXT-X-ENDLIST\n',
    'sdp': 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n'
    'a=rtpmap:96 H264/90000\n',
    'subtitles': '1\n00:00:00,000 --> 00:00:09,000\n{name}\n',
    'mpd': '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT2S" profiles="urn:mpeg:dash:profile:isoff-live:2011"><Period>'
    '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{name}'
    '</BaseURL></Representation></AdaptationSet></Period></MPD>\n',
}


def write_lists(folder, kind, video):
    """Write a list that names a neighbour, under a video's name and under another one."""
    (folder / 'neighbour.mp4').write_bytes(video.read_bytes())
    paths = [folder / 'list.mp4', folder / 'list.m3u8']
    for path in paths:
        path.write_text(LISTS[kind].format(folder=folder, name='neighbour.mp4'))
    return paths
