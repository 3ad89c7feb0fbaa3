"""The agent as a user runs it: started, its alerts read from a pipe, stopped, its statistics read."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
DEFAULT_RULES = REPOSITORY / "rules"
DRIVER_OPTIONS = {"modern_ebpf": "--modern-bpf", "ebpf": "--bpf", "kmod": "--kmod"}


def agent_command() -> list[str]:
    """Return the command that starts the agent: $AGENT, that of the running environment, or that of `.venv`."""
    if named := os.environ.get("AGENT"):
        return [named]
    for candidate in (Path(sys.executable).parent / "agent", REPOSITORY / ".venv/bin/agent"):
        if candidate.exists():
            return [str(candidate)]
    raise AssertionError("There is no agent to test: run `make setup`, or name one in the variable AGENT.")


def tracer_command() -> list[str]:
    """Return the command that starts `pdig-agent`, which is installed beside `agent`."""
    [command] = agent_command()
    return [str(Path(command).with_name("pdig-agent"))]


@dataclass(frozen=True)
class Alert:
    """One alert as it came out of the pipe; `arrived` is time.time() of its line."""

    arrived: float
    record: dict[str, Any]

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return str(self.record["rule"])

    @property
    def fields(self) -> dict[str, Any]:
        """The output fields."""
        fields = self.record["output_fields"]
        assert isinstance(fields, dict)
        return fields


class AgentProcess:
    """A running agent with JSON output, limited to `scope`. Used as a context manager; ready when entered.

    `driver` is a name that `engine.kind` takes.
    """

    def __init__(
        self,
        scope: str,
        rules: Sequence[Path],
        folder: Path,
        options: Sequence[str] = (),
        driver: str = "modern_ebpf",
    ) -> None:
        self.stats_file = folder / "stats.json"
        self.command = [*agent_command(), DRIVER_OPTIONS[driver], "--scope", scope, "-o", "json_output=true"]
        for path in rules:
            self.command += ["-r", str(path)]
        self.command += ["--stats-file", str(self.stats_file), *options]
        self.stderr: list[str] = []
        self.alerts: list[Alert] = []
        self._queue: queue.Queue[Alert | None] = queue.Queue()
        self._ready = threading.Event()

    def __enter__(self) -> "AgentProcess":
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_stdout, self._read_stderr)]
        for reader in self._readers:
            reader.start()
        if not self._ready.wait(30) or self.process.poll() is not None:
            self.kill()
            raise AssertionError(f"the agent did not become ready:\n{' '.join(self.command)}\n{''.join(self.stderr)}")
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            self.kill()

    def wait_for(self, wanted: Callable[[Alert], bool], timeout: float = 10) -> list[Alert]:
        """Return the alerts up to and including the first that is `wanted`. Raises AssertionError when none comes."""
        deadline = time.monotonic() + timeout
        seen: list[Alert] = []
        while True:
            try:
                alert = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                alert = None
            if alert is None:
                raise AssertionError(
                    f"no such alert within {timeout} s; seen: {[a.record for a in seen]}\n{''.join(self.stderr)}"
                )
            seen.append(alert)
            if wanted(alert):
                return seen

    def stop(self) -> dict[str, Any]:
        """Ask the agent to stop as ctrl-C does; return its final statistics. Asserts that it ended well."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(30)
        for reader in self._readers:
            reader.join(10)
        assert status == 0, f"exit status {status}\n{''.join(self.stderr)}"
        stats = json.loads(self.stats_file.read_text())
        assert isinstance(stats, dict)
        return stats

    def kill(self) -> None:
        """Kill the agent with SIGKILL."""
        self.process.kill()
        self.process.wait(30)

    def _read_stdout(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            alert = Alert(time.time(), json.loads(line))
            self.alerts.append(alert)
            self._queue.put(alert)
        self._queue.put(None)

    def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            text = line.decode(errors="replace")
            self.stderr.append(text)
            if ", ready in " in text:
                self._ready.set()
        self._ready.set()
