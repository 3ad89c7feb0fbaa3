# SPDX-License-Identifier: MIT
"""Signals of `pdig-agent -- COMMAND`: they are the command's, and reach it as they would without the tracer."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from agent.signals import Stopping

SI_KERNEL = 0x80
"""si_code of a signal that a terminal sent: its whole foreground group got it, the command among them."""

_NOT_OURS = {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGURG}
_FAULTS = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP, signal.SIGSYS, signal.SIGABRT}
FORWARDED = {number for number in signal.Signals if number not in _NOT_OURS | _FAULTS and number != signal.SIGCONT}


class Forwarding:
    """Waits for signals on a thread of its own and hands them on to the command."""

    def __init__(self, pid_of: Callable[[], int | None]) -> None:
        self._pid_of = pid_of
        self._ended = threading.Event()

    @contextmanager
    def scope(self, _reopen: Callable[[], None] | None, _hurry: Callable[[], None] | None) -> Iterator[Stopping]:
        """While this lasts, no signal ends this process but the two that nobody can catch."""
        previous = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
        thread = threading.Thread(target=self._wait, name="signals", daemon=True)
        thread.start()
        try:
            yield Stopping()
        finally:
            self._ended.set()
            thread.join()
            signal.pthread_sigmask(signal.SIG_SETMASK, previous)

    def _wait(self) -> None:
        while not self._ended.is_set():
            info = signal.sigtimedwait(FORWARDED, 0.1)
            if info is None or info.si_code == SI_KERNEL:
                continue
            pid = self._pid_of()
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, info.si_signo)


def stop_with(pid: int) -> None:
    """Stop this process as the command was stopped, when one shell watches over both: it then says so and goes on.

    SIGCONT, which the shell sends to the group, continues both.
    """
    with suppress(ProcessLookupError):
        if os.getpgid(pid) == os.getpgid(0):
            os.kill(os.getpid(), signal.SIGSTOP)


class Reaper:
    """As the first process of a pid namespace: takes in the processes that nobody else waits for."""

    _WNOTHREAD = 0x20000000  # the tracing thread waits for its own

    @classmethod
    def reap(cls) -> None:
        """Wait for all that have ended. Called on the main thread."""
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG | cls._WNOTHREAD)[0]:
                pass
