"""What the agent costs the programs of the machine: the price of one system call."""

import contextlib
import statistics
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.bench.figure import Figure
from tests.live.agent_process import DEFAULT_RULES, AgentProcess
from tests.live.call_cost import Loops
from tests.live.programs import compile_program
from tests.live.scoped_shell import ScopedShell

PROGRAMS = Path(__file__).parent / "programs"
ROUNDS = 3
LOOPS = {"getppid": (1_000_000, 7), "read": (600_000, 7), "openclose": (100_000, 7)}
NAMES = {"getppid": "getppid", "read": "read", "openclose": "open+close"}

# How much more than the empty program a call may cost that no rule asks for.
ALLOWED_OUT_OF_SCOPE_NS = 30
ALLOWED_IN_SCOPE_NS = 40


@contextmanager
def empty_program(folder: Path) -> Iterator[None]:
    """Keep a BPF program that does nothing attached to the exit of every system call."""
    program = compile_program(PROGRAMS / "empty_program.c", folder, ("-O2",))
    with subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "attached\n"
        yield
        process.kill()


def measure(folder: Path) -> Iterator[Figure]:
    """Measure every call in every configuration, the configurations taking turns; medians of the rounds."""
    loops = Loops(compile_program(PROGRAMS / "call_cost.c", folder, ("-O2",)))
    with ScopedShell() as other:
        configurations: dict[str, Callable[[], AbstractContextManager[object]]] = {
            "bare": contextlib.nullcontext,
            "empty": lambda: empty_program(folder),
            "out": lambda: AgentProcess(f"pid:{other.pid}", [DEFAULT_RULES], folder),
            "in": lambda: AgentProcess(f"pid:{loops.pid}", [DEFAULT_RULES], folder),
        }
        samples: dict[tuple[str, str], list[float]] = {}
        try:
            for _ in range(ROUNDS):
                for name, configuration in configurations.items():
                    with configuration():
                        for call in LOOPS:
                            samples.setdefault((call, name), []).append(loops.cost(call, *LOOPS[call]))
        finally:
            loops.end()
    cost = {key: round(statistics.median(values), 1) for key, values in samples.items()}
    for call, name in NAMES.items():
        bare, empty = cost[call, "bare"], cost[call, "empty"]
        calls = 2 if call == "openclose" else 1
        yield Figure(f"{name}: bare", bare, "ns")
        yield Figure(f"{name}: empty sys_exit program", empty, "ns", None, f"+{empty - bare:.0f}")
        for scope, allowed, where in (
            ("out", ALLOWED_OUT_OF_SCOPE_NS, "agent, out of scope"),
            ("in", ALLOWED_IN_SCOPE_NS, "agent, in scope"),
        ):
            value = cost[call, scope]
            captured = call == "openclose" and scope == "in"
            goal = None if captured else round(empty + calls * allowed, 1)
            note = f"+{value - bare:.0f}" + (", both calls captured" if captured else "")
            yield Figure(f"{name}: {where}", value, "ns", goal, note)
