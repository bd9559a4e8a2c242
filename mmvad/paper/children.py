"""Commands that run in threads, and end when the run that they belong to is interrupted."""

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

THREADS = ('OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS')


class Children:
    """The processes of a run."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: set[subprocess.Popen] = set()
        self._stopped = False

    def call(self, command: Sequence[str], log: Path, threads: int) -> None:
        """Run a command to its end.

        Args:
            command: And its arguments.
            log: Its output is appended to this file.
            threads: Of its computations.

        Raises:
            RuntimeError: It failed, or the run was stopped; the text ends with the last line that
                it printed.
        """
        environment = {**os.environ, **dict.fromkeys(THREADS, str(threads))}
        with log.open('ab') as output:
            output.write(f'$ {shlex.join(command)}\n'.encode())
            output.flush()
            with self._lock:
                if self._stopped:
                    raise RuntimeError('interrupted')
                process = subprocess.Popen(
                    command, stdout=output, stderr=subprocess.STDOUT, env=environment
                )
                self._running.add(process)
            status = process.wait()
            with self._lock:
                self._running.discard(process)
        if status:
            lines = log.read_text(encoding='utf-8', errors='replace').strip().splitlines()
            raise RuntimeError(f'status {status}: {lines[-1]}')

    def stop(self) -> None:
        """Let the commands that run end, and begin no other."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.terminate()
