# SPDX-License-Identifier: MIT
"""Looking for processes that are to be traced and are not yet: those of a name, or all of the pid namespace."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from ptrace.linux_proc import readProcesses

from drivers.pdig.process import Process, own_thread, read_process, tracer_of

INTERVAL = 0.2
"""Seconds between two looks, at least."""
SHARE = 0.05
"""Of the time, at most, that is spent looking."""
AGAIN = 10.0
"""Seconds after which a process that could not be traced is tried again: its tracer may be gone by then."""


@dataclass
class Lookout:
    """Finds processes, each once: known ones are told from new ones of the same number by their start time."""

    names: tuple[str, ...] = ()
    everybody: bool = False
    _known: dict[tuple[int, int], float] = field(default_factory=dict, init=False)
    """Processes that need no look before that time: they are traced, cannot be, or have no memory of their own."""
    _complained: set[tuple[int, int]] = field(default_factory=set, init=False)
    _next: float = field(default=0.0, init=False)

    @property
    def looks(self) -> bool:
        """Whether there is anything to look for."""
        return self.everybody or bool(self.names)

    def look(self) -> list[Process]:
        """Return the processes to trace, or none when the last look was a moment ago. Called on the tracing thread."""
        began = time.monotonic()
        if not self.looks or began < self._next:
            return []
        found = list(self._fresh(began))
        took = time.monotonic() - began
        self._next = began + max(INTERVAL, took / SHARE)
        return found

    def traced(self, process: Process) -> None:
        """Take note that a process is traced now."""
        self._known[process.identity] = float("inf")

    def refused(self, process: Process) -> bool:
        """Take note that a process cannot be traced; return whether that is news."""
        self._known[process.identity] = time.monotonic() + AGAIN
        news = process.identity not in self._complained
        self._complained.add(process.identity)
        return news

    def _fresh(self, now: float) -> Iterator[Process]:
        own = os.getpid()
        alive: set[tuple[int, int]] = set()
        for pid in readProcesses():
            process = read_process(pid) if pid != own else None
            if process is None:
                continue
            alive.add(process.identity)
            if self._known.get(process.identity, now) > now:
                continue
            if process.is_kernel_thread or process.has_ended:
                self._known[process.identity] = float("inf")
            elif not self._meant(process):
                continue  # it may yet execute a program that is
            elif tracer_of(pid) == own_thread():
                self.traced(process)  # since its birth
            else:
                yield process
        for gone in self._known.keys() - alive:
            del self._known[gone]
        self._complained &= alive

    def _meant(self, process: Process) -> bool:
        if self.everybody:
            return True
        for name in self.names:
            if process.program == os.fsencode(name)[:15] or _first_word(process.pid).rpartition(b"/")[2] == os.fsencode(
                name
            ):
                return True
        return False


def _first_word(pid: int) -> bytes:
    with suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as stream:
        return stream.read(4096).split(b"\0", 1)[0]
    return b""
