# SPDX-License-Identifier: MIT
"""The tracer as a source of events: a thread of its own traces, the engine takes what it records."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ptrace import PtraceError

from agent.capture.reports import OpenReport
from agent.errors import AgentError, DriverUnavailableError
from drivers.pdig import attach
from drivers.pdig.command import Command, CommandError, SignalState, has_no_new_privileges, may_filter_freely

if TYPE_CHECKING:
    from agent._core import Engine, Tracer

LOOK_MS = 200
"""How often processes that started later are looked for."""
DETACH_MS = 3000

Say = Callable[[str], None]


@dataclass(frozen=True)
class Targets:
    """What is traced: a command that is started, or processes that run, or will."""

    command: Command | None = None
    pids: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    everybody: bool = False
    filtered: bool = True
    """Of a command: let the kernel stop it for selected calls only."""
    end_with_tracer: bool | None = None
    """Whether the traced processes end when the tracer does. None: a command with a filter, which could not go on."""

    @property
    def waits(self) -> bool:
        """Whether processes that are not there yet are meant."""
        return self.everybody or bool(self.names)


@dataclass
class Pdig:
    """A capture through ptrace."""

    targets: Targets
    buffer_bytes: int
    all_syscalls: bool
    signals: SignalState
    say: Say = lambda _text: None
    on_stopped: Callable[[int], None] = lambda _signal: None
    """Called, on the tracing thread, when the started command was stopped by this signal."""
    ended: int | None = field(default=None, init=False)
    """How the command has ended: its status as wait(2) says it."""
    pid: int | None = field(default=None, init=False)
    """The command's process."""
    _failure: AgentError | None = field(default=None, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _refused: set[int] = field(default_factory=set, init=False)

    @property
    def kind(self) -> str:
        """`pdig`."""
        return "pdig"

    def check(self) -> None:
        """Raise when a process to attach to does not exist."""
        for pid in self.targets.pids:
            attach.require_process(pid)

    def open(self, engine: "Engine") -> OpenReport:
        """Start the tracing thread; return when the command has begun, or the processes are traced."""
        tracer, report = engine.open_pdig(self.buffer_bytes, self.all_syscalls)
        ready = threading.Event()
        self._thread = threading.Thread(target=self._trace, args=(tracer, ready), name="tracer", daemon=True)
        self._thread.start()
        ready.wait()
        if self._failure is not None:
            raise self._failure
        return OpenReport.from_json(report)

    def close(self) -> None:
        """Wait for the end of tracing: a command's own end, or that all processes go on untraced."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None:
            raise self._failure

    # ---- the tracing thread ----

    def _trace(self, tracer: "Tracer", ready: threading.Event) -> None:
        try:
            # Handlers run on the main thread; none of these shall interrupt this one.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP})
            self._begin(tracer)
            ready.set()
            self._run(tracer)
        except AgentError as error:
            self._failure = error
        except Exception as error:  # a bug: said where people look, not lost with the thread
            self._failure = DriverUnavailableError(f"Tracing failed: {type(error).__name__}: {error}")
        finally:
            ready.set()

    def _begin(self, tracer: "Tracer") -> None:
        if self.targets.command is not None:
            self._start(tracer, self.targets.command)
            return
        if self.targets.pids:
            self._seize(tracer, [pid for root in self.targets.pids for pid in attach.tree(root)], must=True)
        self._look_around(tracer)

    def _start(self, tracer: "Tracer", command: Command) -> None:
        filtered = self.targets.filtered
        gives_up = filtered and not may_filter_freely()
        if gives_up and not has_no_new_privileges():
            self.say(
                "Without CAP_SYS_ADMIN the command runs with no_new_privs: set-user-ID programs such as sudo will not "
                "gain privileges. --seccomp=off traces without a filter, more slowly and without this limit."
            )
        self.pid = tracer.hold(
            os.fsencode(command.path),
            [os.fsencode(word) for word in command.arguments],
            list(command.environment),
            filtered=filtered,
            no_new_privileges=gives_up,
            blocked=list(self.signals.blocked),
            ignored=list(self.signals.ignored),
            default=list(self.signals.default),
        )
        ends = self.targets.end_with_tracer
        options = tracer.FILTERED_OPTIONS if filtered else tracer.OPTIONS
        options |= attach.PTRACE_O_EXITKILL if ends or (ends is None and filtered) else 0
        try:
            attach.seize(self.pid, options)
        except PtraceError as error:
            why = attach.explain(self.pid, self.pid, error.errno)
            raise DriverUnavailableError(f"{command.path} was not started. {why.reason if why else error}") from None
        tracer.adopt(self.pid, filtered)
        tracer.release()

    def _run(self, tracer: "Tracer") -> None:
        while True:
            progress = json.loads(tracer.run(LOOK_MS))
            self._note(tracer, progress)
            if progress["stopped"] is not None:
                self.on_stopped(progress["stopped"])
            if self.targets.command is not None:
                if progress["threads"] == 0:
                    return
            elif self._stopping.is_set():
                tracer.detach(DETACH_MS)
                return
            elif progress["threads"] == 0 and not self.targets.waits:
                return
            elif progress["done"]:
                # Nothing to wait for yet, or the engine has stopped and the end is about to be asked for.
                self._stopping.wait(LOOK_MS / 1000)
            self._look_around(tracer)

    def _note(self, tracer: "Tracer", progress: dict[str, int | None]) -> None:
        status = progress["ended"]
        if status is None or self.ended is not None:
            return
        self.ended = status
        command = self.targets.command
        failure = tracer.failure()
        if failure is not None and command is not None:
            what, number = failure
            reason = os.strerror(number)
            self._failure = CommandError(f"{command.path}: {what}: {reason}.", 127 if number == 2 else 126)

    def _look_around(self, tracer: "Tracer") -> None:
        found: set[int] = set()
        for name in self.targets.names:
            found.update(attach.named(name))
        if self.targets.everybody:
            found.update(attach.everybody())
        found.discard(os.getpid())
        fresh = sorted(found - self._refused)
        if fresh:
            self._seize(tracer, fresh, must=False)

    def _seize(self, tracer: "Tracer", pids: Iterable[int], *, must: bool) -> None:
        options = tracer.OPTIONS | (attach.PTRACE_O_EXITKILL if self.targets.end_with_tracer else 0)
        known: set[int] = set()
        seized, refused = attach.seize_processes(pids, options, known)
        for tid in seized:
            tracer.adopt(tid, False)
        failures = [one for one in refused if not one.gone]
        if must and not seized:
            raise DriverUnavailableError((failures or refused)[0].reason if refused else "There is nothing to trace.")
        for one in failures:
            self._refused.add(one.tid)
            self.say(one.reason)


def exit_status(status: int) -> int:
    """Return what this process is to end with for a child's status: as a shell would."""
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def end_like(status: int) -> None:
    """End this process by the signal that ended the command, so that its caller sees the same. Returns otherwise."""
    if not os.WIFSIGNALED(status):
        return
    number = os.WTERMSIG(status)
    with suppress(OSError, ValueError):
        import resource

        # One core file is enough, and that is the command's.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(os.getpid(), number)
