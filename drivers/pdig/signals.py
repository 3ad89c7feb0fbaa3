# SPDX-License-Identifier: MIT
"""Signals of `pdig-agent -- COMMAND`: they are the command's, and reach it as they would without the tracer."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from agent.signals import Stopping
from drivers.pdig.process import tracer_of

SI_KERNEL = 0x80
"""si_code of a signal that the kernel itself sent: a terminal, or a timer."""

_TICKER = signal.SIGRTMIN + 5
"""Wakes the tracing thread (ticker.rs)."""
_NOT_OURS = {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGURG, signal.SIGPIPE, signal.SIGCONT, _TICKER}
FORWARDED = {number for number in signal.valid_signals() if number not in _NOT_OURS}
"""What is blocked in all threads of this process, and handed on.

A fault of this process itself ends it all the same: the kernel heeds no mask then (force_sig).
"""

_OF_TERMINALS = {
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGHUP,
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGWINCH,
}
_ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}
_MOMENT = 0.02
"""Seconds that a signal which a whole group got has to arrive at the command, too."""


class Started(Protocol):
    """The command, as far as signals matter."""

    pid: int | None
    ended: int | None

    def send(self, number: int) -> None:
        """Send the command a signal. Raises ProcessLookupError when it has ended."""

    def arrived(self, number: int, sender: int) -> bool:
        """Whether the command got this signal from this process a moment ago."""

    def abandon(self) -> None:
        """Wait no longer for what the command has left behind."""


def block() -> None:
    """Keep all that is forwarded from ending this process. Called before any other thread is there: they inherit it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)


class Forwarding:
    """Waits for signals on a thread of its own and hands them on to the command."""

    def __init__(self, started: Started) -> None:
        self._started = started
        self._over = threading.Event()
        self._stopping = Stopping()
        self._early: list[signal.struct_siginfo] = []

    @contextmanager
    def scope(self, _reopen: Callable[[], None] | None, _hurry: Callable[[], None] | None) -> Iterator[Stopping]:
        """While this lasts, no signal ends this process but the two that nobody can catch."""
        block()
        thread = threading.Thread(target=self._wait, name="signals", daemon=True)
        thread.start()
        try:
            yield self._stopping
        finally:
            self._over.set()
            thread.join()

    def _wait(self) -> None:
        while not self._over.is_set():
            info = signal.sigtimedwait(FORWARDED, 0.1)
            if info is not None:
                self._early.append(info)
            if self._started.pid is not None:
                waiting, self._early = self._early, []
                for one in waiting:
                    self._hand_on(one, self._started.pid)

    def _hand_on(self, info: signal.struct_siginfo, pid: int) -> None:
        try:
            if self._started.ended is not None:
                raise ProcessLookupError
            if not self._has_it(info, pid):
                self._started.send(info.si_signo)
        except ProcessLookupError:
            if info.si_signo in _ENDING:
                self._started.abandon()
                self._stopping.requested = True

    def _has_it(self, info: signal.struct_siginfo, pid: int) -> bool:
        """Return whether the command got the signal itself: it was sent to the group of both."""
        if info.si_code == SI_KERNEL:
            # A terminal that hangs up tells the leader of its session alone.
            leads = info.si_signo == signal.SIGHUP and os.getsid(0) == os.getpid()
            return info.si_signo in _OF_TERMINALS and not leads
        sender = info.si_pid
        if sender == os.getpid() or not _same_group(pid):
            return False
        if sender > 0 and tracer_of(sender) != 0 and _same_tracer(sender, pid):
            return True  # one of the watched programs meant its own group: kill(0, …)
        until = time.monotonic() + _MOMENT
        while not self._started.arrived(info.si_signo, sender):
            if time.monotonic() >= until or self._started.ended is not None:
                return False
            time.sleep(_MOMENT / 10)
        return True


def _same_group(pid: int) -> bool:
    with suppress(ProcessLookupError):
        return os.getpgid(pid) == os.getpgid(0)
    return False


def _same_tracer(one: int, other: int) -> bool:
    return tracer_of(one) == tracer_of(other)


def stop_with(pid: int) -> None:
    """Stop this process as the command was stopped, where a shell controls both as one job; return when it goes on.

    Elsewhere nobody would continue this process, and the command could not go on without it. Called on the tracing
    thread.
    """
    if not _is_job(pid):
        return
    # To this very thread: it is stopped when it comes back from the call, not some time later.
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
    # The shell has continued its job, which is our group, and has given it the terminal. A command that has made a
    # group of its own, as an interactive shell does, gets both from us.
    with suppress(ProcessLookupError):
        group = os.getpgid(pid)
        if group != os.getpgid(0):
            _pass_terminal_to(group)
            os.killpg(group, signal.SIGCONT)


def _pass_terminal_to(group: int) -> None:
    with suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
        try:
            if os.tcgetpgrp(terminal) == os.getpgid(0):
                os.tcsetpgrp(terminal, group)
        finally:
            os.close(terminal)


def _is_job(pid: int) -> bool:
    """Return whether an ancestor in another group of the same session is there to continue this one."""
    own = _Ids.of(os.getpid())
    if own is None or own.terminal == 0 or os.getpid() == 1:
        return False
    with suppress(ProcessLookupError):
        if os.getsid(pid) != own.session:
            return False
    ancestor = _Ids.of(own.parent)
    while ancestor is not None and ancestor.session == own.session:
        if ancestor.group != own.group:
            return True
        ancestor = _Ids.of(ancestor.parent)
    return False


class _Ids:
    """Parent, group, session and terminal of a process."""

    def __init__(self, fields: list[bytes]) -> None:
        self.parent, self.group, self.session, self.terminal = (int(field) for field in fields[1:5])

    @classmethod
    def of(cls, pid: int) -> "_Ids | None":
        with suppress(OSError, ValueError, IndexError), open(f"/proc/{pid}/stat", "rb") as stream:
            return cls(stream.read(4096).rpartition(b")")[2].split())
        return None
