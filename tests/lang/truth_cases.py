"""The cases of `cases/` that ask for the truth of conditions, compiled for the engine.

Each file holds groups: the values of fields (`given`; all others are absent) and conditions, under `holds` or `fails`,
or under `absent`: these fail, and their negation holds. The engine's test `rules_language.rs` evaluates what this
module makes of them; `python -m tests.lang.truth_cases` writes it anew.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml

from agent.lang import RuleBook, load_rules
from agent.lang.types import ADDRESSES, NETWORKS, SIGNED_BITS, UNSIGNED_BITS
from agent.schema.events import EVENTS
from agent.schema.fields import FIELDS
from agent.schema.types import ParamType, Status

CASES = Path(__file__).parent / "cases"
COMPILED = Path(__file__).parents[2] / "agent" / "rust" / "engine" / "tests" / "data" / "language_cases.json"
THEMES = ("null", "text", "numbers", "fields", "logic")


def groups() -> list[dict[str, Any]]:
    """All groups, as they are written, with the theme they belong to."""
    return [
        {"theme": theme, **group}
        for theme in THEMES
        for group in yaml.safe_load((CASES / f"{theme}.yaml").read_text(encoding="utf-8"))
    ]


def conditions(group: dict[str, Any]) -> dict[str, bool]:
    """The conditions of a group and whether they hold."""
    found = dict.fromkeys(group.get("holds", ()), True) | dict.fromkeys(group.get("fails", ()), False)
    for condition in group.get("absent", ()):
        found[condition] = False
        found[f"not ({condition})"] = True
    return found


def load(group: dict[str, Any]) -> RuleBook:
    """The conditions of a group as rules, each named after its condition."""
    rules = [
        {"rule": text, "desc": "d", "priority": "DEBUG", "output": "o", "warn_evttypes": False, "condition": text}
        for text in conditions(group)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.yaml"
        path.write_text(yaml.safe_dump(rules, sort_keys=False), encoding="utf-8")
        return load_rules([path])


def compiled() -> str:
    """What the engine's test reads: one group a line."""
    lines = []
    for group in groups():
        book = load(group)
        assert book.ok, (group["about"], [str(found) for found in book.diagnostics])
        given = group.get("given", {})
        data = {
            "about": f"{group['theme']}: {group['about']}",
            "event": _code(given.get("evt.type", "openat2")),
            "given": {name: _typed(value, FIELDS[name].type) for name, value in given.items()},
            "holds": [name for name, holds in conditions(group).items() if holds],
            "plan": book.plan(rule_matching="all"),
        }
        lines.append(json.dumps(data, separators=(",", ":")))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _code(name: str) -> int:
    return next(event.code for event in EVENTS if event.name == name and event.status is not Status.UNUSED)


def _typed(value: Any, kind: ParamType) -> Any:
    """A value as the plan writes constants, or a list of them."""
    if isinstance(value, list):
        return [_typed(item, kind) for item in value]
    if isinstance(value, dict):
        return {"buf" if kind is ParamType.BYTEBUF else key: text for key, text in value.items()}
    if isinstance(value, bool):
        return {"b": value}
    if isinstance(value, float):
        return {"f": str(value)}
    if isinstance(value, int):
        assert kind in SIGNED_BITS or kind in UNSIGNED_BITS, kind
        return {"i" if kind in SIGNED_BITS else "u": value}
    assert kind not in ADDRESSES | NETWORKS, value
    return {"s": value}


if __name__ == "__main__":
    COMPILED.parent.mkdir(exist_ok=True)
    COMPILED.write_text(compiled(), encoding="utf-8")
