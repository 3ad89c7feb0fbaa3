"""What a capture says of itself: when it opened, and its counters."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OpenReport:
    """What was opened. `refused` names optional programs that the kernel did not take, with its reason."""

    driver: str
    kernel: str
    programs: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    rings: int = 0
    ring_bytes: int = 0
    threads: int = 0
    syscalls: int | None = None
    file: str | None = None
    """The capture file that is read."""
    size: int | None = None
    """Its bytes, where that is known before its end."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Drivers that were to be preferred to this one, and why each was not taken."""

    @classmethod
    def from_json(cls, text: str) -> "OpenReport":
        """Read the report of the native `Engine.open_*` methods."""
        raw = json.loads(text)
        return cls(
            driver=raw["driver"],
            kernel=raw["kernel"],
            programs=raw.get("programs", 0),
            refused=tuple((entry["program"], entry["reason"]) for entry in raw.get("refused", [])),
            rings=raw.get("rings", 0),
            ring_bytes=raw.get("ring_bytes", 0),
            threads=raw.get("threads", 0),
            syscalls=raw.get("syscalls"),
        )


@dataclass(frozen=True)
class RuleCost:
    """How often a rule was asked and matched, and the nanoseconds this took."""

    rule: str
    evaluated: int
    matched: int
    ns: int


@dataclass(frozen=True)
class RulesProfile:
    """What the rules cost. `search_ns` is what finding the rules worth asking took, for all rules together."""

    searched: int
    search_ns: int
    rules: tuple[RuleCost, ...]

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "RulesProfile":
        """Read the part `rules_profile` of the native `Engine.stats`."""
        return cls(raw["searched"], raw["search_ns"], tuple(RuleCost(**rule) for rule in raw["rules"]))


@dataclass(frozen=True)
class CaptureStats:
    """Counters since the capture began. Losses are counted by event category and by cause."""

    events: int = 0
    alerts: int = 0
    alerts_by_rule: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    lost_by_category: dict[str, int] = field(default_factory=dict)
    lost_by_cause: dict[str, int] = field(default_factory=dict)
    late: int = 0
    skipped: int = 0
    """Runs of its programs that the kernel left out; at most as many events are missing that `lost` does not count."""
    undecodable: int = 0
    recorded: int = 0
    explained: dict[str, Any] | None = None
    """Of explaining a rule: what was counted, as `_core.pyi` documents it."""
    file: dict[str, int] = field(default_factory=dict)
    """Of a replay: what of the file was converted, skipped or left out."""
    rules_profile: "RulesProfile | None" = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    """Everything the engine said, for programs that read the counters."""

    @classmethod
    def from_json(cls, text: str) -> "CaptureStats":
        """Read the counters of the native `Engine.stats`."""
        raw = json.loads(text)
        lost = raw.get("lost", {})
        return cls(
            events=raw.get("events", 0),
            alerts=raw.get("alerts", 0),
            alerts_by_rule=raw.get("alerts_by_rule", {}),
            lost=lost.get("total", 0),
            lost_by_category=lost.get("by_category", {}),
            lost_by_cause=lost.get("by_cause", {}),
            late=raw.get("late", 0),
            skipped=raw.get("skipped", 0),
            undecodable=raw.get("undecodable", 0),
            recorded=raw.get("recorded", 0),
            explained=raw.get("explained"),
            file=raw.get("file", {}),
            rules_profile=RulesProfile.from_json(raw["rules_profile"]) if "rules_profile" in raw else None,
            raw=raw,
        )
