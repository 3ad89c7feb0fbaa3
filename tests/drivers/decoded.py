"""The events of a recording as a rule sees them: parameters as text, with what the agent knows of them."""

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

from agent.schema.events import EVENTS
from tests.drivers.recording import END, MARK
from tests.live.agent_process import agent_command

_KINDS = {event.name for event in EVENTS if event.filled}


class DecodedEvent(NamedTuple):
    """Type and arguments (`evt.type`, `evt.args`)."""

    type: str
    arguments: str


def decoded_segments(path: Path) -> dict[str, list[DecodedEvent]]:
    """Return the events of each program in a recording, as `agent read` prints them."""
    command = [*agent_command(), "read", str(path), "--json", "-p", "*%evt.type %evt.args"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=600)
    found: dict[str, list[DecodedEvent]] = {}
    current: list[DecodedEvent] = []
    for line in done.stdout.splitlines():
        record = json.loads(line)
        event = _event(record["evt.type"], record["evt.args"] or "")
        _, mark, name = event.arguments.partition(f" path={MARK}")
        if mark:
            current = found.setdefault(name.partition(" ")[0], [])
        current.append(event)
    found.pop(END, None)
    return found


def _event(kind: str, arguments: str) -> DecodedEvent:
    # A call without an event of its own is shown under its own name, and without arguments.
    return DecodedEvent(kind, arguments) if kind in _KINDS else DecodedEvent("syscall", f"ID={kind}")
