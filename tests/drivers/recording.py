"""One run of the test programs, recorded by several agents at the same time.

Each agent watches the same shell with another driver. As they all see the very same calls, what they record must be
equal in everything but the time stamps: process ids, addresses, inodes and memory figures too.
"""

import os
import re
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.drivers.scap_events import ScapEvent, read_events
from tests.live.agent_process import agent_command, tracer_command
from tests.live.programs import compile_program
from tests.live.scoped_shell import ScopedShell
from tests.vm.guest import is_guest

SOURCES = Path(__file__).parent / "programs"
NOT_POSSIBLE = 77
"""Exit status of a program whose call this machine does not have; it has printed why."""

TRACED = "pdig-agent"
"""Stands among the names of drivers for pdig where it starts the shell, under a filter, instead of attaching to it."""

# The shell asks for these files, which are nowhere, before each program and after the last.
MARK = "/parity/"
END = "end"
# An emulated kernel checks the programs of a driver about thirty times slower than a real one.
PATIENCE = 20 if is_guest() else 1


def compile_programs(folder: Path) -> Path:
    """Compile every test program into `folder`, which need not exist, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda source: compile_program(source, folder), sorted(SOURCES.glob("*.c"))))
    return folder


@dataclass(frozen=True)
class ProgramRun:
    """How one program ended, and what it printed."""

    name: str
    status: int
    printed: str

    @property
    def not_possible(self) -> str | None:
        """Why this machine cannot make the call; None when it can."""
        return self.printed.strip().splitlines()[-1] if self.status == NOT_POSSIBLE else None


@dataclass(frozen=True)
class Recording:
    """What one driver recorded of a run. `complaints`: lines of the agent that say that something is wrong."""

    driver: str
    path: Path
    complaints: tuple[str, ...]
    skipped: int = 0
    """Calls that the kernel ran no program for, as the agent says."""
    lost: int = 0
    """Events that the agent says were lost."""

    def segments(self) -> dict[str, list[ScapEvent]]:
        """Return the events of each program: from the mark before it to the next. Raises ValueError without marks."""
        found: dict[str, list[ScapEvent]] = {}
        current: list[ScapEvent] = []
        for event in read_events(self.path):
            name = _mark(event)
            if name is not None:
                current = []
                found[name] = current
            current.append(event)
        if END not in found:
            raise ValueError(f"{self.path}, recorded by {self.driver}, does not reach the end of the run")
        del found[END]
        return found


def _mark(event: ScapEvent) -> str | None:
    for param, value in zip(event.schema.params, event.params, strict=False):
        if param.name == "path" and value.startswith(MARK.encode()):
            return value[len(MARK) :].rstrip(b"\0").decode()
    return None


@dataclass(frozen=True)
class Run:
    """A run of programs, with one recording for each driver."""

    programs: tuple[ProgramRun, ...]
    recordings: tuple[Recording, ...]
    shell: int


def _take(pattern: str, said: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """Take a sentence with a number out of what was said; return the number, 0 without the sentence, and the rest."""
    found = re.search(pattern, "\n".join(said))
    if found is None:
        return 0, tuple(said)
    rests = (line.replace(found[0], "").rstrip() for line in said)
    # Nothing but the beginning of the line says nothing.
    return int(found[1].replace(",", "")), tuple(rest for rest in rests if not re.fullmatch(r"(.*Warning:)? *", rest))


def complaints_in(said: Iterable[str]) -> tuple[str, ...]:
    """Return the lines that say that something is wrong."""
    # Calls that a driver does not capture are declared gaps, which the comparison knows.
    usual = (", ready in ", " written to ", "This driver does not capture ", ": attached to process ")
    return tuple(line.rstrip() for line in said if not any(words in line for words in usual))


class RecordingAgent:
    """`agent capture` with one driver, on the descendants of one process."""

    def __init__(self, driver: str, scope: int, path: Path) -> None:
        self.driver, self.path = driver, path
        self._said: list[str] = []
        self._ready = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._command = [
            *(*agent_command(), "capture", "-w", str(path)),
            *("--scope", f"pid:{scope}", "-o", f"engine.kind={driver}"),
        ]

    def start(self) -> None:
        """Start the agent; it is not ready yet."""
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_until_ready(self) -> None:
        """Raises AssertionError, with the agent's words, when it does not become ready."""
        ready = self._ready.wait(60 * PATIENCE)
        running = self._process is not None and self._process.poll() is None
        if not ready or not running:
            raise AssertionError(f"{self.driver} does not record:\n{''.join(self._said)}")

    def stop(self) -> Recording:
        """Ask the agent to stop. Raises AssertionError when it does not end well."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(60 * PATIENCE)
        self._reader.join(10 * PATIENCE)
        assert status == 0, f"{self.driver} ended with status {status}:\n{''.join(self._said)}"
        lost, complaints = _take(
            r"Events that are missing or out of place: ([0-9,]+) lost\.", complaints_in(self._said)
        )
        skipped, complaints = _take(r"Perhaps missing: ([0-9,]+) calls[^.]*\.", complaints)
        return Recording(self.driver, self.path, complaints, skipped, lost)

    def kill(self) -> None:
        """Kill the agent if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(30)

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said.append(line)
            if ", ready in " in line:
                self._ready.set()
        self._ready.set()


class TracedShell(ScopedShell):
    """A shell that `pdig-agent` starts, under a filter that stops for every call of the schema, and records."""

    def __init__(self, path: Path) -> None:
        self._path, self._said = path, path.with_suffix(".said")
        with self._said.open("wb") as said:
            super().__init__(under=[*tracer_command(), "-w", str(path), "--"], stderr=said)

    def stop(self) -> Recording:
        """End the shell, and with it the recording. Raises AssertionError when that does not end well."""
        status = self.end(60 * PATIENCE)
        said = self._said.read_text(errors="replace").splitlines()
        assert status == 0, f"{TRACED} ended with status {status}:\n{said}"
        return Recording("pdig", self._path, complaints_in(said))


def record(drivers: Sequence[str], programs: Iterable[Path], folder: Path) -> Run:
    """Run the programs, each in an empty folder of its own below `folder`, while every driver records.

    `drivers`: names that `engine.kind` takes, or `TRACED`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number}-{driver}.scap" for number, driver in enumerate(drivers)]
    with TracedShell(paths[drivers.index(TRACED)]) if TRACED in drivers else ScopedShell() as shell:
        agents = [
            RecordingAgent(driver, shell.pid, path)
            for driver, path in zip(drivers, paths, strict=True)
            if driver != TRACED
        ]
        try:
            for agent in agents:
                agent.start()
            for agent in agents:
                agent.wait_until_ready()
            runs = tuple(_run(shell, program, folder / "work") for program in programs)
            shell.run(f"test -e {MARK}{END}")
            recordings = [agent.stop() for agent in agents]
            if isinstance(shell, TracedShell):
                recordings.insert(drivers.index(TRACED), shell.stop())
            return Run(runs, tuple(recordings), shell.pid)
        finally:
            for agent in agents:
                agent.kill()


def _run(shell: ScopedShell, program: Path, work: Path) -> ProgramRun:
    folder = work / program.name
    folder.mkdir(parents=True)
    shell.run(f"test -e {MARK}{program.name}")
    line = f"(cd {shlex.quote(os.fspath(folder))} && exec {shlex.quote(os.fspath(program))})"
    status, printed = shell.run(line, timeout=30 * PATIENCE)
    return ProgramRun(program.name, status, printed)
