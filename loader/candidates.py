"""For the agent's own start: which drivers it opens, in which order, when nobody named one.

The rules are the loader's (`loader.platform_table`), and what `agent-driver-loader` found to work here comes first.
Facts are gathered only when they can change what comes next, since a start should not take longer for them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loader.drivers import DRIVERS

CHOICE = Path("/run/agent/driver")
"""What the loader chose: one line with the driver's name. The variable AGENT_DRIVER_CHOICE names another file."""
_MAX_BYTES = 64
# Every rule that is shipped with another order is about machines on which this one cannot be opened.
_USUALLY_FIRST = "modern_ebpf"


@dataclass(frozen=True)
class Candidate:
    """A driver to open, or one that is left out and why."""

    driver: str
    left_out: str = ""


def candidates(choice: Path | None = None, table: Path | None = None) -> Iterator[Candidate]:
    """Yield each driver once, pdig, which has to be told what to watch, excepted.

    `table`: the machine's own platform table, where that is not /etc/agent/platforms.yaml. Raises ConfigError for a
    table that is wrong.
    """
    from loader.platform_table import OWN

    own = table or OWN
    seen = {"pdig"}
    chosen = read_choice(choice)
    if chosen is None and not own.exists():
        chosen = _USUALLY_FIRST
    if chosen is not None and chosen not in seen:
        seen.add(chosen)
        yield Candidate(chosen)
    from loader.facts.gather import gather
    from loader.machine import Machine
    from loader.platform_table import load_table

    order = load_table(table).order_for(gather(Machine.here()))
    for driver in order.drivers:
        if driver not in seen:
            seen.add(driver)
            yield Candidate(driver)
    for avoided in order.avoided:
        if avoided.driver not in seen:
            seen.add(avoided.driver)
            yield Candidate(avoided.driver, avoided.rule.reason)


def read_choice(path: Path | None = None) -> str | None:
    """Return the driver that the loader chose; None when it left no word, or one that others could have written."""
    named = path or Path(os.environ.get("AGENT_DRIVER_CHOICE") or CHOICE)
    try:
        descriptor = os.open(named, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o022:
            return None
        word = file.read(_MAX_BYTES).decode("ascii", errors="replace").strip()
    return word if word in DRIVERS else None


def write_choice(driver: str, path: Path) -> None:
    """Leave word of a driver for the agent, whole or not at all. Raises OSError."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(f"{driver}\n")
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
