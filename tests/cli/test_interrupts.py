import os
import signal

import pytest

from mmvad.cli.interrupts import terminate_like_interrupt


def test_a_termination_is_an_interrupt_and_afterwards_what_it_was():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), terminate_like_interrupt():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before
