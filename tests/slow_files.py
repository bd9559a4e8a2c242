"""A file system so slow that a process can be killed at each of its steps, also inside of a write.

Everything is patched in a child process only. What it writes goes to the disk in small pieces, and
each piece, like each file that is made, moved or removed, is a step. The child kills itself with
SIGKILL at the step that it is told, with what it has written so far on the disk. So a moment is a
number: a test can draw it from a seed, and a failure comes again.
"""

import builtins
import io
import multiprocessing
import os
import signal
import traceback
from itertools import pairwise

PIECES = 4  # of what is written at once
CALLS = ('replace', 'rename', 'unlink', 'remove', 'fsync', 'mkdir', 'chmod', 'posix_fallocate')
FORK = multiprocessing.get_context('fork')


class SlowFile:
    """A file that writes piece by piece."""

    def __init__(self, file, step):
        self._file, self._step = file, step  # of no arguments

    def write(self, content):
        """Write and flush the pieces, with a step after each but the last."""
        content = content if isinstance(content, str) else memoryview(content).cast('B')
        bounds = [len(content) * index // PIECES for index in range(PIECES + 1)]
        for start, end in pairwise(bounds):
            if start:
                self._file.flush()
                self._step()
            self._file.write(content[start:end])
        return len(content)

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __iter__(self):
        return iter(self._file)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._file.close()


def _slow_down(step):
    """Patch this process, which is a child that ends soon."""

    def opened(open_file):
        def slow_open(file, mode='r', *arguments, **options):
            found = open_file(file, mode, *arguments, **options)
            if not set(mode) & set('wax+') or isinstance(file, int):
                return found
            step(f'open {file}')
            return SlowFile(found, lambda: step(f'write {file}'))

        return slow_open

    def called(function):
        def slow_call(*arguments, **options):
            step(f'{function.__name__} {arguments}')
            return function(*arguments, **options)

        return slow_call

    builtins.open = io.open = opened(io.open)
    for name in CALLS:
        setattr(os, name, called(getattr(os, name)))


def _child(job, kill_at, part, pipe):
    taken = []

    def step(what):
        if part not in what:
            return
        taken.append(what)
        if len(taken) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        _slow_down(step)
        job()
        pipe.send(taken)
    except BaseException:
        pipe.send(traceback.format_exc())
    os._exit(0)


def run(job, kill_at=None, part=''):
    """Run a job in a child process.

    Args:
        job: What to do.
        kill_at: Number of the step at which the child dies, from 1; None lets it end.
        part: Text in the steps that count, such as the name of a file.

    Returns:
        Its steps, each a text; None where it was killed.
    """
    receiver, sender = FORK.Pipe(duplex=False)
    child = FORK.Process(target=_child, args=(job, kill_at, part, sender))
    child.start()
    sender.close()
    try:
        found = receiver.recv()
    except EOFError:
        found = None
    child.join()
    receiver.close()
    assert not isinstance(found, str), found
    assert child.exitcode == (-signal.SIGKILL if found is None else 0)
    return found
