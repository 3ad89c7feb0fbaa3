"""What pdig costs the programs that it traces, beside strace, which traces the same calls."""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from agent import _core
from agent.config import load_config
from agent.engine_setup import engine_options
from agent.log import Log
from agent.rule_files import load_configured_rules
from tests.bench.figure import Figure, NotMeasuredError
from tests.live.agent_process import DEFAULT_RULES, agent_command
from tests.live.programs import compile_program

PROGRAMS = Path(__file__).parent / "programs"
ROUNDS = 5
WORK = {"openclose": 20_000, "spawn": 300, "compile": 5, "compute": 1500}
NAMES = {"openclose": "open+close loop", "spawn": "fork+exec storm", "compile": "compile", "compute": "computation"}
ATTACHED = {"getppid": 30_000, "openclose": 10_000}
ATTACHED_NAMES = {"getppid": "getppid, which no rule asks for", "openclose": "open+close"}
COMPUTE_GOAL = 1.05
TIMEOUT = 300.0


def measure(folder: Path) -> Iterator[Figure]:
    """Run each work bare, under strace and under pdig, the three taking turns; medians of the rounds."""
    program = compile_program(PROGRAMS / "work.c", folder, ("-O2",))
    source = _source(folder)
    calls = selected_calls()
    wrappers = {
        "bare": [],
        "strace": [
            "strace",
            "-f",
            "--seccomp-bpf",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            f"trace={_for_strace(calls)}",
            "--",
        ],
        "pdig": [*_pdig_command(), "-r", str(DEFAULT_RULES), "--"],
    }
    samples: dict[tuple[str, str], list[float]] = {}
    starts: list[float] = []
    for _ in range(ROUNDS):
        for work, times in WORK.items():
            extra = [str(source)] if work == "compile" else []
            for name, wrapper in wrappers.items():
                began = time.monotonic()
                seconds = _run([*wrapper, str(program), work, str(times), *extra])
                samples.setdefault((work, name), []).append(seconds)
                if name == "pdig":
                    starts.append(time.monotonic() - began - seconds)
    took = {key: statistics.median(values) for key, values in samples.items()}
    for work, name in NAMES.items():
        bare, peer, pdig = (took[work, wrapper] for wrapper in wrappers)
        yield Figure(f"{name}: bare", round(bare, 4), "s")
        yield Figure(f"{name}: strace, same calls", round(peer / bare, 3), "x bare", note=f"{peer:.3f} s")
        note = f"{pdig:.3f} s, {pdig / bare:.2f} x bare"
        # Two runs of the same differ by more than the third digit says.
        yield Figure(f"{name}: pdig", round(pdig / peer, 2), "x strace", 1.0, note)
        if work == "compute":
            yield Figure(f"{name}: pdig, against bare", round(pdig / bare, 3), "x bare", COMPUTE_GOAL)
    yield from _attached(program, calls)
    yield Figure("pdig: its own start and end", round(statistics.median(starts), 3), "s")


def _attached(program: Path, calls: Sequence[str]) -> Iterator[Figure]:
    """Trace a program that runs already: without a filter, which stops it at every call that it makes."""
    ways: dict[str, Callable[[int], list[str]] | None] = {
        "bare": None,
        "strace": lambda pid: ["strace", "-f", "-o", "/dev/null", "-e", f"trace={_for_strace(calls)}", "-p", str(pid)],
        "pdig": lambda pid: [*_pdig_command(), "-v", "-r", str(DEFAULT_RULES), "-p", str(pid)],
    }
    for work, times in ATTACHED.items():
        samples: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                samples.setdefault(name, []).append(_run_attached(program, work, times, way))
        bare, peer, pdig = (statistics.median(samples[name]) / times * 1e6 for name in ways)
        title = f"attached, {ATTACHED_NAMES[work]}"
        yield Figure(f"{title}: strace", round(peer, 2), "µs", note=f"bare {bare:.2f}")
        yield Figure(f"{title}: pdig", round(pdig, 2), "µs", round(peer, 2), f"{pdig / peer:.2f} x strace")


def _run_attached(program: Path, work: str, times: int, way: Callable[[int], list[str]] | None) -> float:
    with subprocess.Popen(
        [str(program), work, str(times)],
        env={**os.environ, "WORK_WAITS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        tracer = None
        if way is not None:
            tracer = subprocess.Popen(way(process.pid), stderr=subprocess.DEVNULL)
            _wait_until_traced(process.pid)
        seconds = process.communicate("go\n", timeout=TIMEOUT)[0]
        if tracer is not None:
            tracer.wait(TIMEOUT)
    return float(seconds)


def _wait_until_traced(pid: int) -> None:
    deadline = time.monotonic() + 30
    while "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text():
        if time.monotonic() > deadline:
            raise NotMeasuredError(f"process {pid} was not traced within 30 s")
        time.sleep(0.01)
    time.sleep(0.1)  # interrupted, and waiting in its read again


def selected_calls() -> list[str]:
    """Return the names of the calls that pdig traces for the shipped rules."""
    settings = load_config(None, []).settings
    rules = load_configured_rules([DEFAULT_RULES], settings, Log("error", enabled=False, iso=False))
    _, report = _core.Engine(rules.plan, engine_options(settings)).open_pdig(1 << 17, False)
    names: list[str] = json.loads(report)["names"]
    return names


def _for_strace(calls: Sequence[str]) -> str:
    # The question mark: calls that strace does not know are left out.
    return ",".join(f"?{name}" for name in calls)


def _pdig_command() -> list[str]:
    return [str(Path(agent_command()[0]).with_name("pdig-agent"))]


def _run(command: Sequence[str]) -> float:
    ended = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    if ended.returncode != 0:
        raise NotMeasuredError(f"{' '.join(command)} ended with {ended.returncode}: {ended.stderr.strip()[-500:]}")
    return float(ended.stdout)


def _source(folder: Path) -> Path:
    """Write a source file of some thousand lines: what a compiler works at for a few tenths of a second."""
    path = folder / "compiled.c"
    functions = "\n".join(
        f"static int f{i}(int a, int b) {{ int s = 0; for (int j = a; j < b; j++) s += j * {i} ^ (s >> 3); return s; }}"
        for i in range(400)
    )
    calls = " + ".join(f"f{i}(argc, {i})" for i in range(400))
    path.write_text(
        f"#include <stdio.h>\n#include <stdlib.h>\n{functions}\nint main(int argc, char **argv) {{ return {calls}; }}\n"
    )
    return path
