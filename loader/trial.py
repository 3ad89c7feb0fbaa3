"""Trying a driver for real: load, attach, see one event, take everything out again.

An agent in a process of its own captures, in the scope of one process that does nothing but open /dev/null until it is
ended. So nothing of anybody else is captured, and whatever happens to that agent does not happen to the loader.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.bpf import probe
from loader import kernel_module
from loader.drivers import BY_NAME

SECONDS = 10
"""How long the agent waits for an event."""
_PATIENCE = 90
"""Seconds for loading and for the event together; a verifier takes long on a slow machine."""
_REPOSITORY = Path(__file__).resolve().parents[1]

# Ends with its parent, whose end closes the pipe.
_SUBJECT = """\
import os, select
while not select.select([0], [], [], 0.05)[0]:
    os.close(os.open("/dev/null", os.O_RDONLY))
"""


@dataclass(frozen=True)
class Trial:
    """`sentence` says what was seen, or why nothing was."""

    driver: str
    works: bool
    sentence: str


def try_driver(driver: str) -> Trial:
    """Try a driver that is loaded, or that the agent brings. pdig is tried on a program that it starts."""
    if user := _user_of(driver):
        return Trial(driver, True, f"{user} captures with it just now")
    with tempfile.TemporaryDirectory(prefix="agent-driver-loader-") as folder:
        config = Path(folder, "agent.yaml")
        config.write_text("")  # nothing that is configured here decides
        if driver == "pdig":
            return _pdig(config)
        with _subject() as pid:
            command = [
                *(sys.executable, "-m", "agent", "watch", BY_NAME[driver].flag, "--scope", f"pid:{pid}"),
                *("-c", str(config), "-n", "1", "-M", str(SECONDS), "-p", "%evt.type"),
            ]
            return _judge(driver, command)


def _user_of(driver: str) -> str | None:
    """Return who captures with a driver that serves one agent at a time."""
    if driver == "kmod" and kernel_module.loaded_version() is not None:
        return kernel_module.holder()
    if driver == "ebpf":
        with contextlib.suppress(OSError):
            if probe.in_use(probe.identity()):
                return "an agent"
    return None


@contextlib.contextmanager
def _subject() -> Iterator[int]:
    with subprocess.Popen(
        [sys.executable, "-c", _SUBJECT], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as subject:
        try:
            yield subject.pid
        finally:
            subject.kill()


def _pdig(config: Path) -> Trial:
    """Trace a program that opens a file. pdig prints beside the program, on standard error."""
    command = [
        *(sys.executable, "-m", "drivers.pdig", "--print", "-f", "evt.type=openat", "-c", str(config)),
        *("--", "/bin/cat", "/dev/null"),
    ]
    ended = _run(command)
    if isinstance(ended, str):
        return Trial("pdig", False, ended)
    if ended.returncode == 0 and "openat" in ended.stderr:
        return Trial("pdig", True, "it was tried and saw an event of a program (openat)")
    return Trial("pdig", False, _complaint(ended))


def _judge(driver: str, command: list[str]) -> Trial:
    ended = _run(command)
    if isinstance(ended, str):
        return Trial(driver, False, ended)
    events = ended.stdout.split()
    if ended.returncode == 0 and events:
        return Trial(driver, True, f"it was tried and captured an event ({events[0][:40]})")
    if ended.returncode == 0:
        return Trial(driver, False, f"it was loaded, but no event came in {SECONDS} seconds")
    return Trial(driver, False, _complaint(ended))


def _run(command: list[str]) -> subprocess.CompletedProcess[str] | str:
    """Run an agent to its end; a sentence when it has none."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(_REPOSITORY), _python_path()]))}
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        return f"the agent could not be started to try it: {error.strerror}"
    with process:
        try:
            output, complaint = process.communicate(timeout=_PATIENCE)
        except BaseException as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            process.communicate()
            return f"the agent was not done with it after {_PATIENCE} seconds"
    return subprocess.CompletedProcess(command, process.returncode, output, complaint)


def _complaint(ended: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in ended.stderr.splitlines() if line.strip()]
    told = next((index for index, line in enumerate(lines) if line.startswith("Error: ")), None)
    if told is not None:
        return " ".join(lines[told:][:6]).removeprefix("Error: ").rstrip(".")
    code = ended.returncode
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return f"the agent that tried it ended with {how}{f': {lines[-1][:300]}' if lines else ''}"


def _python_path() -> str:
    return os.environ.get("PYTHONPATH", "")
