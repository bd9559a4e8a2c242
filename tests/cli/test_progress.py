import io

import pytest

from mmvad.cli.progress import ProgressBar


def draw(calls, total=1.0, seconds=2.0):
    """Draw the bar for these (frames, done), with a clock that stands at so many seconds."""
    stream, times = io.StringIO(), iter([0.0])
    bar = ProgressBar('gate.mp4', total, stream, lambda: next(times, seconds))
    with bar:
        for frames, done in calls:
            bar.advance(frames, done)
    return stream.getvalue()


def last_of(text):
    return text.replace('\n', '').split('\r')[-1]


def test_the_last_line_has_title_share_and_frames_a_second_of_all_calls():
    line = last_of(draw([(30, 0.25), (70, 0.5)]))
    assert line.startswith('gate.mp4:  50%|') and line.endswith(', 50 frames/s')


def test_the_share_is_of_the_total():
    assert last_of(draw([(0, 3.0)], total=4.0)).startswith('gate.mp4:  75%|')


def test_the_bar_never_goes_back():
    assert last_of(draw([(10, 0.75), (10, 0.5)])).startswith('gate.mp4:  75%|')


def test_no_time_at_all_is_no_division_by_zero():
    assert last_of(draw([(0, 0.5)], seconds=0.0)).endswith(', 0 frames/s')


def test_an_error_closes_the_bar_and_goes_on():
    stream = io.StringIO()
    with pytest.raises(ValueError, match='broken'), ProgressBar('a', 1.0, stream) as bar:
        bar.advance(1, 0.5)
        raise ValueError('broken')
    assert stream.getvalue().endswith('\n')
