"""What a command prints, in the log and as progress; the bar of a run."""

from io import StringIO

from mmvad.cli.step_output import StepBar, StepOutput


def taken(*texts):
    log, shares = StringIO(), []
    output = StepOutput(log, shares.append)
    for text in texts:
        output.write(text)
    output.finish()
    return log.getvalue(), shares, output


def test_a_bar_leaves_its_last_state_in_the_log():
    log, shares, _ = taken('\r4 videos:   0%|   |', '\r4 videos:  50%|#  |', ' 1 s\n', 'done\n')
    assert log == '4 videos:  50%|#  | 1 s\ndone\n'
    assert shares == [0.0, 0.5, 0.5]


def test_epochs_are_progress():
    assert taken('epoch 3/4  1.2 s\n')[1] == [0.75]


def test_moves_of_the_cursor_do_not_reach_the_log():
    assert taken('a\x1b[A\x1b[2Kb\n')[0] == 'ab\n'


def test_the_error_is_the_line_of_error_without_the_command():
    assert taken('mmvad prepare table: error: a.csv, line 2\n', 'x\n')[2].error == 'a.csv, line 2'
    assert taken('failed: a.mp4: broken\n', '3 extracted\n')[2].error == 'failed: a.mp4: broken'
    assert taken('first\n', 'last')[2].error == 'last'


class Terminal(StringIO):
    def isatty(self):
        return True


def test_a_bar_counts_whole_steps_and_parts():
    stream, now = Terminal(), [0.0]
    bar = StepBar(4, stream, lambda: now[0])
    bar.begin(2, 'training')
    now[0] = 30.0
    bar.advance(0.5)
    assert bar.text(0.5).endswith(' 38%  step 2 of 4, training  50%, 30 s')
    assert stream.getvalue().count('\r') == 2
    bar.advance(0.6)  # at once: not drawn
    assert stream.getvalue().count('\r') == 2
    bar.clear()
    assert stream.getvalue().endswith('\r\x1b[K')


def test_no_bar_is_drawn_into_a_file():
    stream = StringIO()
    bar = StepBar(4, stream)
    bar.begin(1, 'table')
    bar.clear()
    assert stream.getvalue() == ''
