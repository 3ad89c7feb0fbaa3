"""C header that names the schema and the version that a driver was built from."""

from __future__ import annotations

import hashlib

from agent.codegen import c_events, c_fillers, c_flags
from agent.codegen.c_events import LICENCE
from agent.codegen.output import Output, notice
from agent.version import __version__


def schema_hash() -> int:
    """Return 64 bits over everything generated for C: codes, flags, and how each parameter is obtained."""
    texts = [output.text for module in (c_events, c_flags, c_fillers) for output in module.outputs()]
    return int.from_bytes(hashlib.sha256("".join(texts).encode()).digest()[:8], "big")


def outputs() -> list[Output]:
    """Return ``schema.h``."""
    lines = [LICENCE, f"/* {notice('agent/schema')} */"]
    lines += ["#ifndef AGENT_SCHEMA_H", "#define AGENT_SCHEMA_H", ""]
    lines += ["/* A module that is not built from the agent's own schema is refused: its records would be misread. */"]
    lines += [f"#define AGENT_SCHEMA_HASH {schema_hash():#018x}ULL", f'#define AGENT_VERSION "{__version__}"']
    lines += ["", "#endif"]
    return [Output("drivers/shared/generated/schema.h", "\n".join(lines) + "\n")]
