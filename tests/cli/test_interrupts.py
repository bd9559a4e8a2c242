import argparse
import os
import signal

import pytest

from mmvad.cli.interrupts import INTERRUPTED, report_interrupt, terminate_like_interrupt


def test_a_termination_is_an_interrupt_and_afterwards_what_it_was():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), terminate_like_interrupt():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_interrupted_command_says_what_it_leaves(capsys):
    parser = argparse.ArgumentParser('mmvad infer')

    def job():
        os.kill(os.getpid(), signal.SIGTERM)

    assert report_interrupt(parser, job, 'what was scored is kept') == INTERRUPTED == 130
    assert capsys.readouterr().err == 'mmvad infer: interrupted; what was scored is kept\n'
    assert report_interrupt(parser, lambda: None, '') == 0
