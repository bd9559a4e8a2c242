import sys
import time
from threading import Thread

import pytest

from mmvad.paper.children import Children

WAITING = [sys.executable, '-u', '-c', 'import time; print("here"); time.sleep(600)']


def test_output_is_appended_and_threads_are_told(tmp_path):
    log = tmp_path / 'output.log'
    code = 'import os; print(os.environ["OMP_NUM_THREADS"])'
    for threads in (2, 3):
        Children().call([sys.executable, '-c', code], log, threads)
    assert [line for line in log.read_text().splitlines() if line[0] != '$'] == ['2', '3']


def test_a_command_that_fails_is_told_with_what_it_printed_last(tmp_path):
    command = [sys.executable, '-c', 'import sys; print("first"); sys.exit("no data")']
    with pytest.raises(RuntimeError, match='status 1: no data'):
        Children().call(command, tmp_path / 'output.log', 1)


def test_a_stopped_run_ends_its_commands_and_begins_no_other(tmp_path):
    children, log, reasons = Children(), tmp_path / 'output.log', []

    def run():
        try:
            children.call(WAITING, log, 1)
        except RuntimeError as error:
            reasons.append(str(error))

    thread = Thread(target=run)
    thread.start()
    while not log.exists() or 'here\n' not in log.read_text():
        assert thread.is_alive()
        time.sleep(0.01)
    children.stop()
    thread.join(timeout=60)
    assert not thread.is_alive() and reasons == ['status -15: here']
    with pytest.raises(RuntimeError, match='interrupted'):
        children.call(WAITING, log, 1)
