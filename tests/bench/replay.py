"""How fast capture files are replayed: events a second of the process's CPU time, for different numbers of rules.

The captures lie in a folder beside the repository; without it nothing is measured, and the reason is printed. Each is
fed to the agent several times over, uncompressed, through a pipe. Every run starts the interpreter and loads the rules:
the goals are about all of it. What the start takes is measured too, with a capture of a few events, so that the notes
can say what an event costs by itself.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import generated_rules
from tests.bench.figure import Figure
from tests.live.agent_process import DEFAULT_RULES, REPOSITORY, agent_command

SHARED = REPOSITORY.parent / "shared"
COMPAT_RULES = SHARED / "compat/falco_rules.yaml"
TINY = "cat_write"
TIMES = {"sys": 4, "state": 8}
ROUNDS = 5
START_ROUNDS = 7

GOALS = {"sys": 4.0, "state": 2.0}
"""Million events a second with the compat rules."""
GOAL_100, GOAL_1000 = 1.3, 2.0
"""What 100 and 1,000 rules may cost, in times of what the compat rules do."""
GOAL_MEMORY_MB = 60

NO_EVENT = """\
- rule: Nothing
  desc: A rule that no event of the captures concerns; decoding and state are all there is to do.
  condition: evt.type = acct
  output: Nothing
  priority: DEBUG
"""


@dataclass(frozen=True)
class Run:
    """One replay: its CPU time and peak memory, and what it counted.

    The kernel counts this process's memory in the peak of one it starts: so nothing large is done here.
    """

    cpu_s: float
    rss_mb: float
    events: int
    alerts: int


def replay(capture: Path, times: int, rules: Sequence[Path], folder: Path) -> Run:
    """Replay a capture so many times over, on one CPU. The process that feeds it is not counted."""
    stats_file = folder / "stats.json"
    command = [*agent_command(), "-e", "-", "--stats-file", str(stats_file), "-o", "stdout_output.enabled=true"]
    for path in rules:
        command += ["-r", str(path)]
    cpus = os.sched_getaffinity(0)
    with subprocess.Popen(["cat", *[str(capture)] * times], stdout=subprocess.PIPE) as feeder:
        try:
            os.sched_setaffinity(0, {max(cpus)})
            with (folder / "stderr").open("w") as stderr:
                process = subprocess.Popen(command, stdin=feeder.stdout, stdout=subprocess.DEVNULL, stderr=stderr)
        finally:
            os.sched_setaffinity(0, cpus)
        assert feeder.stdout is not None
        feeder.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise AssertionError(f"{' '.join(command)} failed:\n{(folder / 'stderr').read_text()}")
    stats = json.loads(stats_file.read_text())
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, stats["events"], stats["alerts"])


def least(runs: Sequence[Run]) -> Run:
    """Return the run with the least CPU time: what else runs on a machine can only add to it."""
    return min(runs, key=lambda run: run.cpu_s)


def rule_sets(folder: Path) -> dict[str, list[Path]]:
    """Return the rule files of each configuration, by how it is called in the figures."""
    nothing = folder / "nothing.yaml"
    nothing.write_text(NO_EVENT)
    sets = {"state only": [nothing], "compat rules": [COMPAT_RULES]}
    own = _count([COMPAT_RULES, DEFAULT_RULES])
    for total in (100, 1000):
        generated = generated_rules.write(total - own, folder / f"generated{total}.yaml")
        sets[f"{total:,} rules"] = [COMPAT_RULES, DEFAULT_RULES, generated]
    return sets


def _count(rules: Sequence[Path]) -> int:
    """Count the rules of these files, in a process of its own."""
    program = (
        "import sys, agent.lang, pathlib;"
        "print(len(agent.lang.load_rules([pathlib.Path(name) for name in sys.argv[1:]]).rules))"
    )
    return int(subprocess.check_output([sys.executable, "-c", program, *map(str, rules)], cwd=REPOSITORY, text=True))


def measure(folder: Path) -> Iterator[Figure]:
    """Replay every capture with every set of rules, the sets taking turns; then what starting takes."""
    if not COMPAT_RULES.exists() or not all((SHARED / f"captures/{name}.scap").exists() for name in (*TIMES, TINY)):
        print(f"replay was not measured: {SHARED} with its captures and rules is not there.", file=sys.stderr)
        return
    sets = rule_sets(folder)
    tiny = SHARED / f"captures/{TINY}.scap"
    memory = dict.fromkeys(sets, 0.0)
    for name, times in TIMES.items():
        capture = folder / f"{name}.scap"
        with capture.open("wb") as plain:
            subprocess.run(["gzip", "-dc", str(SHARED / f"captures/{name}.scap")], stdout=plain, check=True)
        started: dict[str, list[Run]] = {key: [] for key in sets}
        replayed: dict[str, list[Run]] = {key: [] for key in sets}
        for _ in range(ROUNDS):
            for key, rules in sets.items():
                started[key].append(replay(tiny, 1, rules, folder))
                replayed[key].append(replay(capture, times, rules, folder))
        starts = {key: least(of) for key, of in started.items()}
        runs = {key: least(of) for key, of in replayed.items()}
        memory = {key: max(peak, runs[key].rss_mb) for key, peak in memory.items()}
        yield from _figures(name, runs, starts)
        capture.unlink()
    for key, peak in memory.items():
        yield Figure(f"replay, peak memory, {key}", round(peak, 1), "MB", GOAL_MEMORY_MB)
    yield _seconds("replay of a few events", [*agent_command(), "-e", str(tiny), "-r", str(COMPAT_RULES)], 0.5)
    yield _seconds("checking the compat rules", [*agent_command(), "-V", str(COMPAT_RULES)], 0.4)


def _figures(name: str, runs: dict[str, Run], starts: dict[str, Run]) -> Iterator[Figure]:
    def event_ns(key: str) -> float:
        return (runs[key].cpu_s - starts[key].cpu_s) / runs[key].events * 1e9

    for key, run in runs.items():
        rate = run.events / run.cpu_s / 1e6
        goal = GOALS[name] if key == "compat rules" else None
        note = f"{event_ns(key):.0f} ns an event, start {starts[key].cpu_s:.2f} s; {run.alerts:,} alerts"
        yield Figure(f"replay {name}, {key}", round(rate, 2), "M/s", goal, note, at_least=True)
    for key, goal in (("100 rules", GOAL_100), ("1,000 rules", GOAL_1000)):
        whole = runs[key].cpu_s / runs["compat rules"].cpu_s
        events = event_ns(key) / event_ns("compat rules")
        note = f"the whole process with the compat rules; {events:.2f} for an event, start taken off"
        yield Figure(f"replay {name}, cost of {key}", round(whole, 2), "times", goal, note)


def _seconds(what: str, command: Sequence[str], goal: float) -> Figure:
    seconds = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(START_ROUNDS):
        begun = time.monotonic()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        seconds.append(time.monotonic() - begun)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / START_ROUNDS
    note = f"start to exit, median of {START_ROUNDS}, {min(seconds):.2f} to {max(seconds):.2f}; CPU {cpu:.2f} s"
    return Figure(what, round(statistics.median(seconds), 3), "s", goal, note)
