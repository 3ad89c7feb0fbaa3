"""C header of event codes, numbers of parameters, loss categories and lanes."""

from __future__ import annotations

from agent.codegen.output import Output, notice
from agent.schema.events import EVENTS

LICENCE = "/* SPDX-License-Identifier: MIT OR GPL-2.0-only */"


def outputs() -> list[Output]:
    """Return ``events.h``."""
    lines = [LICENCE, f"/* {notice('agent/schema/events')} */", "#ifndef AGENT_EVENTS_H", "#define AGENT_EVENTS_H", ""]
    lines.append("/* Codes of all events, as stored. */")
    lines += [f"#define PPME_{event.symbol} {event.code}" for event in EVENTS]
    lines.append(f"#define PPME_COUNT {len(EVENTS)}")
    lines += ["", "/* Of events that the drivers emit: parameters, category of loss, lane (0 critical, 1 bulk). */"]
    for event in EVENTS:
        if event.filled:
            lines += [
                f"#define NPARAMS_{event.symbol} {len(event.params)}",
                f"#define LOSS_{event.symbol} {event.loss.value}",
                f"#define LANE_{event.symbol} {event.lane.value}",
            ]
    lines += ["", "#endif"]
    return [Output("drivers/shared/generated/events.h", "\n".join(lines) + "\n")]
