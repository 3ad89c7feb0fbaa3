"""The platform table: which drivers `auto` tries, in which order, and why some are left out (`data/platforms.yaml`)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from agent.errors import ConfigError
from loader.drivers import DRIVERS, driver_named
from loader.facts.gather import Facts

OWN = Path("/etc/agent/platforms.yaml")
_CONDITIONS = ("platform", "distribution", "release", "lockdown", "signatures")
_MAX_BYTES = 256 * 1024


@dataclass(frozen=True)
class Rule:
    """One rule. `order` is empty when it leaves the order as it is."""

    name: str
    when: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...]
    never: tuple[str, ...]
    reason: str
    source: str

    def applies(self, facts: Facts) -> str | None:
        """Return the evidence when all conditions hold, else None."""
        evidence = []
        for condition, values in self.when.items():
            found = _holds(condition, values, facts)
            if found is None:
                return None
            evidence.append(found)
        return "; ".join(evidence)


@dataclass(frozen=True)
class Avoided:
    """A driver that `auto` leaves out, and which rule says so."""

    driver: str
    rule: Rule
    evidence: str


@dataclass(frozen=True)
class Order:
    """What `auto` tries in this order, and what it leaves out."""

    drivers: tuple[str, ...]
    avoided: tuple[Avoided, ...]


@dataclass(frozen=True)
class PlatformTable:
    """The rules in the order of the file, and the order where no rule has another."""

    order: tuple[str, ...]
    rules: tuple[Rule, ...]

    def order_for(self, facts: Facts, prefer: str | None = None) -> Order:
        """Return the order on a machine; `prefer` comes first unless it is left out."""
        drivers = self.order
        avoided: dict[str, Avoided] = {}
        chosen = False
        for rule in self.rules:
            evidence = rule.applies(facts)
            if evidence is None:
                continue
            left_out = list(rule.never)
            if rule.order and not chosen:
                chosen, drivers = True, rule.order
                left_out += [driver for driver in self.order if driver not in rule.order]
            for driver in left_out:
                avoided.setdefault(driver, Avoided(driver, rule, evidence))
        if prefer in drivers:
            drivers = (prefer, *(driver for driver in drivers if driver != prefer))
        kept = tuple(driver for driver in drivers if driver not in avoided)
        return Order(kept, tuple(avoided[driver] for driver in DRIVERS if driver in avoided))


def load_table(path: Path | None = None) -> PlatformTable:
    """Return the shipped table, changed by a file: the one given, or /etc/agent/platforms.yaml where that exists.

    Raises ConfigError with what is wrong in the file.
    """
    table = shipped_table()
    if path is None and not OWN.exists():
        return table
    return _changed(table, path or OWN)


def shipped_table() -> PlatformTable:
    """Return the table as it is shipped."""
    text = resources.files("loader").joinpath("data/platforms.yaml").read_text(encoding="utf-8")
    return _parse(text, "data/platforms.yaml")


def _changed(table: PlatformTable, path: Path) -> PlatformTable:
    try:
        with path.open("rb") as stream:
            raw = stream.read(_MAX_BYTES + 1)
        text = raw.decode("utf-8")
    except OSError as error:
        raise ConfigError(f"The platform table {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: the platform table is not UTF-8 text (byte {error.start}).") from None
    if len(raw) > _MAX_BYTES:
        raise ConfigError(f"{path}: a platform table has {_MAX_BYTES // 1024} KiB at most.")
    own = _parse(text, str(path), order=table.order)
    replaced = {rule.name: rule for rule in own.rules}
    # A rule of one's own comes first, for it is there to decide.
    fresh = tuple(rule for rule in own.rules if rule.name not in {each.name for each in table.rules})
    return PlatformTable(own.order, fresh + tuple(replaced.get(rule.name, rule) for rule in table.rules))


def _parse(text: str, name: str, order: tuple[str, ...] | None = None) -> PlatformTable:
    try:
        # An alias could make a small file endless; the table needs none.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise ConfigError(f"{name}: a platform table has no aliases (*name).")
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "it is no YAML"
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigError(f"{name}{place}: the platform table cannot be read: {problem}.") from None
    except (RecursionError, ValueError):
        raise ConfigError(
            f"{name}: the platform table cannot be read: it is nested too deep, or has a bad value."
        ) from None
    if not isinstance(data, dict) or not data.keys() <= {"order", "rules"}:
        raise ConfigError(f"{name}: a platform table has the keys order and rules, and no others.")
    rules = data.get("rules") or []
    if not isinstance(rules, list):
        raise ConfigError(f"{name}: rules takes a list.")
    found = _drivers(data["order"], f"{name}: order") if "order" in data else order
    if not found:
        raise ConfigError(f"{name}: order names no driver.")
    return PlatformTable(found, tuple(_rule(rule, f"{name}: rule {index}") for index, rule in enumerate(rules, 1)))


def _rule(data: Any, place: str) -> Rule:
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        raise ConfigError(f"{place} has no name.")
    place = f"{place} ({data['name'][:60]})"
    unknown = data.keys() - {"name", "when", "order", "never", "reason", "source"}
    if unknown:
        raise ConfigError(f"{place}: there is no key {sorted(map(str, unknown))[0]!r}.")
    when = data.get("when")
    if not isinstance(when, dict) or not when or not set(when) <= set(_CONDITIONS):
        raise ConfigError(f"{place}: when takes conditions on {', '.join(_CONDITIONS)}.")
    for key in ("reason", "source"):
        if not isinstance(data.get(key, ""), str):
            raise ConfigError(f"{place}: {key} takes text.")
    conditions = {key: tuple(map(str, value if isinstance(value, list) else [value])) for key, value in when.items()}
    return Rule(
        data["name"],
        conditions,
        _drivers(data.get("order", []), f"{place}: order"),
        _drivers(data.get("never", []), f"{place}: never"),
        data.get("reason", "") or f"the platform table says so (rule {data['name']})",
        data.get("source", ""),
    )


def _drivers(names: Any, place: str) -> tuple[str, ...]:
    if not isinstance(names, list):
        raise ConfigError(f"{place} takes a list of drivers.")
    found: list[str] = []
    for name in names:
        driver = driver_named(str(name))
        if driver is None:
            raise ConfigError(f"{place}: there is no driver {str(name)[:60]!r}; they are {', '.join(DRIVERS)}.")
        if driver not in found:
            found.append(driver)
    return tuple(found)


def _holds(condition: str, values: Iterable[str], facts: Facts) -> str | None:
    for value in values:
        if condition == "platform":
            platform = facts.is_on(value)
            if platform is not None:
                return platform.evidence
        elif condition == "distribution":
            identity = facts.distribution.identity
            if identity.value == value:
                return f"{identity.evidence} is {value}"
        elif condition == "release":
            if re.search(re.escape(value), facts.machine.kernel.release):
                return f"the kernel's release is {facts.machine.kernel.release}"
        elif condition == "signatures":
            enforced = facts.kernel.signature_enforced
            if value == "enforced" and enforced.value:
                return enforced.evidence
        elif facts.kernel.lockdown.value == value:
            return facts.kernel.lockdown.evidence
    return None
