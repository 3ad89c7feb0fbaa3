# SPDX-License-Identifier: MIT
"""The tracer as a source of events: a thread of its own traces, the engine takes what it records."""

import errno
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from ptrace import PtraceError

from agent.capture.reports import OpenReport
from agent.errors import AgentError, DriverUnavailableError
from drivers.pdig import attach
from drivers.pdig.command import (
    CAP_SYS_ADMIN,
    CAP_SYS_PTRACE,
    Command,
    CommandError,
    SignalState,
    has_capability,
    has_no_new_privileges,
    interpreter_of,
)
from drivers.pdig.lookout import Lookout
from drivers.pdig.process import Process, threads_of, tree
from drivers.pdig.signals import block as block_signals

if TYPE_CHECKING:
    from agent._core import Engine, Tracer

TURN_MS = 200
"""How long the tracer runs before anything else is seen to."""
DETACH_MS = 3000
END_SECONDS = 2.0
"""What is left of a pid namespace has that long to end."""
_ROUNDS = 50
_MOMENT_MS = 1000

Say = Callable[[str], None]


class Progress(TypedDict):
    """What `Tracer.run` returns."""

    threads: int
    ended: int | None
    stopped: int | None
    still_stopped: bool
    forbidden: int | None
    done: bool


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
    """Whether the traced processes end when the tracer does. None: a command does, others do not."""

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
    tell: Say = lambda _text: None
    """Takes what is no warning."""
    ended: int | None = field(default=None, init=False)
    """How the command has ended: its status as wait(2) says it."""
    pid: int | None = field(default=None, init=False)
    """The command's process."""
    _failure: AgentError | None = field(default=None, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _abandoned: threading.Event = field(default_factory=threading.Event, init=False)
    _lookout: Lookout = field(init=False)
    _tracer: "Tracer | None" = field(default=None, init=False)
    _pidfd: int | None = field(default=None, init=False)
    _told_of_forbidden: bool = field(default=False, init=False)
    _continued: float | None = field(default=None, init=False)
    """When this process went on after it had been stopped together with the command."""

    def __post_init__(self) -> None:
        self._lookout = Lookout(self.targets.names, self.targets.everybody)

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
        self._tracer = tracer
        if self.targets.command is None:
            # A stopped tracer would stop all that it watches, perhaps the shell that is to continue it among them.
            for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
                signal.signal(number, signal.SIG_IGN)
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

    def abandon(self) -> None:
        """Wait no longer for what the command has left behind when it ended."""
        self._abandoned.set()

    def send(self, number: int) -> None:
        """Send the command a signal. Raises ProcessLookupError when it has ended."""
        if self._pidfd is not None:  # its pid may be another process's by now
            signal.pidfd_send_signal(self._pidfd, number)
        elif self.pid is not None:
            os.kill(self.pid, number)

    def arrived(self, number: int, sender: int) -> bool:
        """Return whether the command got this signal from this process a moment ago; each that it got answers once."""
        return self._tracer is not None and self._tracer.arrived(number, sender, _MOMENT_MS)

    # ---- the tracing thread ----

    def _trace(self, tracer: "Tracer", ready: threading.Event) -> None:
        try:
            # None of what this process handles elsewhere shall interrupt this thread.
            block_signals()
            self._begin(tracer)
            ready.set()
            self._run(tracer)
        except AgentError as error:
            self._failure = error
        except Exception as error:  # a bug: said where people look, not lost with the thread
            self._failure = DriverUnavailableError(f"Tracing failed: {type(error).__name__}: {error}")
        finally:
            tracer.close()
            ready.set()

    def _begin(self, tracer: "Tracer") -> None:
        if self.targets.command is not None:
            self._start(tracer, self.targets.command)
            return
        for root in self.targets.pids:
            self._seize_tree(tracer, root)
        self._look_around(tracer)

    def _start(self, tracer: "Tracer", command: Command) -> None:
        filtered = self.targets.filtered
        gives_up = filtered and not has_capability(CAP_SYS_ADMIN)
        if not has_no_new_privileges():
            self._warn_of_privileges(gives_up)
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
        with suppress(OSError, AttributeError):  # Linux 5.3
            self._pidfd = os.pidfd_open(self.pid)
        ends = self.targets.end_with_tracer
        options = tracer.FILTERED_OPTIONS if filtered else tracer.OPTIONS
        options |= attach.PTRACE_O_EXITKILL if ends in (None, True) else 0
        try:
            attach.seize(self.pid, options)
        except PtraceError as error:
            why = attach.explain(self.pid, self.pid, error.errno)
            raise DriverUnavailableError(f"{command.path} was not started. {why.reason if why else error}") from None
        tracer.adopt(self.pid, filtered)
        tracer.release()

    def _warn_of_privileges(self, gives_up: bool) -> None:
        if gives_up:
            # Without CAP_SYS_PTRACE nothing is gained under a tracer, whatever the option.
            avoided = " --seccomp=off, which is slower, avoids that." if has_capability(CAP_SYS_PTRACE) else ""
            self.say(
                "Without CAP_SYS_ADMIN the command runs with no_new_privs: sudo and other set-user-ID programs gain no "
                f"privileges in it.{avoided}"
            )
        elif not has_capability(CAP_SYS_PTRACE):
            # As the kernel has it for everything that is traced (bprm's LSM_UNSAFE_PTRACE).
            self.say(
                "Without CAP_SYS_PTRACE set-user-ID programs such as sudo do not gain privileges when they are traced."
            )

    def _warn_of_forbidden(self, progress: Progress) -> None:
        tid = progress["forbidden"]
        if tid is None or self._told_of_forbidden:
            return
        self._told_of_forbidden = True
        self.say(
            f"The kernel does not let this process read the memory of process {tid} ({attach.name_of(tid)}), which it "
            "traces: that one has changed its user, or its program may not be read. Names and paths in its events are "
            "empty, and so are those of others like it. Give pdig-agent CAP_SYS_PTRACE (docker: --cap-add SYS_PTRACE)."
        )

    def _run(self, tracer: "Tracer") -> None:
        ends_by = None
        while True:
            progress = json.loads(tracer.run(TURN_MS))
            self._note(tracer, progress)
            self._warn_of_forbidden(progress)
            if self.targets.command is None:
                if self._attached_is_over(tracer, progress):
                    return
                continue
            if progress["threads"] == 0:
                return
            if progress["stopped"] is not None:
                self.on_stopped(progress["stopped"])
                self._continued = time.monotonic()
            self._continue(progress)
            if self.ended is not None:
                if os.getpid() == 1 and ends_by is None:
                    # As without the tracer: a pid namespace ends with its first process. Their ends are recorded.
                    ends_by = time.monotonic() + END_SECONDS
                    with suppress(ProcessLookupError):
                        os.kill(-1, signal.SIGKILL)
                if self._abandoned.is_set() or (ends_by is not None and time.monotonic() > ends_by):
                    self._let_go(tracer)
                    return

    def _attached_is_over(self, tracer: "Tracer", progress: Progress) -> bool:
        if self._stopping.is_set():
            self._let_go(tracer)
            return True
        if progress["threads"] == 0 and not self._lookout.looks:
            self.tell("pdig-agent: all that was watched has ended")
            return True
        if progress["done"]:
            # Nothing to wait for yet, or the engine has stopped and the end is about to be asked for.
            self._stopping.wait(TURN_MS / 1000)
        self._look_around(tracer)
        return False

    def _let_go(self, tracer: "Tracer") -> None:
        if self.targets.command is not None and self.targets.end_with_tracer is not False:
            return  # they end with this thread
        left = json.loads(tracer.detach(DETACH_MS))["threads"]
        if left:
            self.say(
                f"{left} of the traced threads did not stop within {DETACH_MS // 1000} s to be let go. They go on "
                "untraced when this process has ended."
            )

    def _continue(self, progress: Progress) -> None:
        """When somebody continued this process alone, and not the command that it had been stopped with."""
        if self._continued is None or time.monotonic() - self._continued < TURN_MS / 1000:
            return
        self._continued = None
        if progress["still_stopped"] and self.pid is not None:
            with suppress(ProcessLookupError):
                self.send(signal.SIGCONT)

    def _note(self, tracer: "Tracer", progress: Progress) -> None:
        status = progress["ended"]
        if status is None or self.ended is not None:
            return
        self.ended = status
        command = self.targets.command
        failure = tracer.failure()
        if failure is not None and command is not None:
            what, number = failure
            reason = os.strerror(number)
            if number == errno.ENOEXEC:
                reason += " (it is for another machine, or its first line names no interpreter, such as #!/bin/sh)"
            if number == errno.ENOENT and os.path.exists(command.path):
                reason = f"the interpreter that it needs is not there: {interpreter_of(command.path)}"
            self._failure = CommandError(f"{command.path}: {what}: {reason}.", 127 if number == errno.ENOENT else 126)

    def _look_around(self, tracer: "Tracer") -> None:
        for process in self._lookout.look():
            refused = self._seize(tracer, process.pid)
            if refused is None:
                self._lookout.traced(process)
                self._tell_attached(process.pid)
            elif not refused.gone and self._lookout.refused(process):
                self.say(refused.reason)

    def _seize_tree(self, tracer: "Tracer", root: int) -> None:
        """Seize a process and its descendants, also those that are born meanwhile."""
        seen: set[tuple[int, int]] = set()
        for _ in range(_ROUNDS):
            fresh: list[Process] = [process for process in tree(root) if process.identity not in seen]
            if not fresh:
                return
            for process in fresh:
                seen.add(process.identity)
                refused = self._seize(tracer, process.pid)
                if refused is not None and process.pid == root:
                    raise DriverUnavailableError(refused.reason)
                if refused is not None and not refused.gone:
                    self.say(refused.reason)
                elif refused is None and process.pid == root:
                    self._tell_attached(root)

    def _tell_attached(self, pid: int) -> None:
        if not self.targets.everybody:  # too many to be told of
            threads = len(threads_of(pid))
            many = f"{threads} thread{'' if threads == 1 else 's'}"
            self.tell(f"pdig-agent: attached to process {pid} ({attach.name_of(pid)}), {many}")

    def _seize(self, tracer: "Tracer", pid: int) -> attach.Refused | None:
        options = tracer.OPTIONS | (attach.PTRACE_O_EXITKILL if self.targets.end_with_tracer else 0)
        seized, refused = attach.seize_process(pid, options)
        for tid in seized:
            tracer.adopt(tid, False)
        return refused


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
