"""How many events a second arrive, and how many are lost, with default rules and default buffers."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure
from tests.live.agent_process import DEFAULT_RULES, AgentProcess
from tests.live.programs import compile_program

LOOP = Path(__file__).parents[1] / "live/programs/open_close.c"


def capture(folder: Path, pairs: int, rate: int) -> tuple[float, int, int]:
    """Capture a loop of open+close; return its calls a second, the events that arrived, and those lost."""
    program = compile_program(LOOP, folder, ("-O2",))
    with subprocess.Popen(
        [str(program), str(pairs), str(rate)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as loop:
        assert loop.stdin is not None
        assert loop.stdout is not None
        with AgentProcess(f"pid:{loop.pid}", [DEFAULT_RULES], folder) as agent:
            loop.stdin.write("go\n")
            loop.stdin.flush()
            made, seconds = loop.stdout.readline().split()
            stats = agent.stop()
        loop.kill()
    events = stats["events_by_type"]
    return 2 * int(made) / float(seconds), events["openat"] + events["close"], stats["lost"]["total"]


def measure(folder: Path) -> Iterator[Figure]:
    """One generator, at a given rate and at full speed."""
    rate, arrived, lost = capture(folder, 1_000_000, 200_000)
    yield Figure("lost at 200,000 pairs/s", lost, "events", 0, f"{arrived:,} arrived at {rate:,.0f}/s")
    pairs = 4_000_000
    rate, arrived, lost = capture(folder, pairs, 0)
    yield Figure("calls at full speed", round(rate), "1/s", None, "open+close, one process")
    yield Figure("delivered at full speed", round(rate * arrived / (2 * pairs)), "1/s", None, f"{arrived:,} events")
    yield Figure("lost at full speed", lost, "events", 0, f"{lost / (2 * pairs):.1%}")
    unaccounted = abs(2 * pairs - arrived - lost)
    yield Figure("unaccounted at full speed", unaccounted, "events", 0, "made - delivered - lost")
