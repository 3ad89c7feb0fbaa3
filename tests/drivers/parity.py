"""Whether drivers that saw the same calls tell the same of them: every parameter of every event, byte by byte."""

import itertools
import math
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import NamedTuple

from agent.schema.events import BY_SYMBOL
from agent.schema.gaps import (
    ADDRESSES,
    CPU,
    CUT_OFF,
    EVERY_EVENT,
    GAPS,
    IMPRECISE,
    LIMITS,
    PARAMETER_GAPS,
    SKIPPED_RUNS,
    UNSTEADY,
    Imprecise,
)
from agent.schema.types import Param, ParamType
from tests.capture_file import WIDTH
from tests.drivers.scap_events import ScapEvent

Segments = Mapping[str, Sequence[ScapEvent]]
"""The events of each program."""

WHOLE = "(event)"
"""Stands for the name of a parameter where only one driver has the event."""

RARE = 100
"""One of so many values may differ by chance: a thread that moved, a page that came, a program that was left out."""

AF_UNIX = 1
DEGRADED = 1 << 17
_NOTHING = "nothing"


@dataclass(frozen=True)
class Gaps:
    """What is declared: see `agent.schema.gaps`, which has the same tables."""

    events: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: GAPS)
    limits: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: LIMITS)
    parameters: Mapping[str, Mapping[tuple[str, str], str]] = field(default_factory=lambda: PARAMETER_GAPS)
    unsteady: Mapping[tuple[str, str], str] = field(default_factory=lambda: UNSTEADY)
    skipped: Mapping[str, str] = field(default_factory=lambda: SKIPPED_RUNS)
    imprecise: Mapping[str, Mapping[tuple[str, str], Imprecise]] = field(default_factory=lambda: IMPRECISE)
    cut_off: Mapping[str, tuple[int, str]] = field(default_factory=lambda: CUT_OFF)


@dataclass(frozen=True)
class Difference:
    """What two drivers tell differently. `values`: what each has, as text; `reason`: why that is declared to be so."""

    program: str
    event: str
    parameter: str
    drivers: tuple[str, str]
    values: tuple[str, str]
    reason: str | None

    def sentence(self) -> str:
        """Say it in one line."""
        (first, second), (one, other) = self.drivers, self.values
        return f"{self.program}: {self.event} {self.parameter}: {first} has {one}, {second} has {other}"


@dataclass
class Comparison:
    """What the comparison of any number of drivers found."""

    events: int = 0
    """Pairs of events that were compared."""
    differences: list[Difference] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    """Declared gaps that do not show, in sentences."""
    beyond_limits: dict[str, int] = field(default_factory=dict)
    """For each driver, how many events it left out as it is declared to where there are many."""

    @property
    def undeclared(self) -> list[Difference]:
        """Return the differences that no declared gap explains."""
        return [difference for difference in self.differences if difference.reason is None]


def compare(
    recordings: Sequence[tuple[str, Segments]],
    gaps: Gaps | None = None,
    skipped: Mapping[str, int] | None = None,
    lost: Mapping[str, int] | None = None,
) -> Comparison:
    """Compare every two of the recordings, each given as the name of its driver and what that recorded.

    `skipped`: how many calls a driver says that the kernel ran no program of it for. So many events it may lack, but
    not more than are rare. `lost`: how many it says it lost. Where programs are skipped, because a task can be
    preempted in them, such a task may also hold what another's program needs, which then counts its event as lost.
    """
    gaps = gaps or Gaps()
    comparison = Comparison()
    seen: dict[str, set[tuple[str, str]]] = defaultdict(set)
    compared: Counter[str] = Counter()
    recordings = _with_common_programs(recordings)
    for (first, ours), (second, theirs) in itertools.combinations(recordings, 2):
        pair = (first, second)
        for program in dict.fromkeys((*ours, *theirs)):
            for one, other in _align(ours.get(program, ()), theirs.get(program, ())):
                comparison.events += 1
                if one is not None:
                    compared.update((CPU, *(param.name for param in one.schema.params)))
                for found in _differing(one, other):
                    reason = _declared(pair, found, gaps) or _cut_off(pair, (one, other), found, gaps)
                    difference = Difference(program, found.symbol, found.parameter, pair, found.texts, reason)
                    comparison.differences.append(difference)
                    for driver in pair:
                        seen[driver] |= {(found.symbol, found.parameter), (EVERY_EVENT, found.parameter)}
    for driver, segments in dict(recordings).items():
        emitted = {EVERY_EVENT, *(event.schema.symbol for events in segments.values() for event in events)}
        others = [other for other, _ in recordings if other != driver]
        comparison.stale += _stale(driver, emitted, seen[driver], others, gaps)
    comparison.stale += _stale_cut_off(comparison.differences, list(dict(recordings)), gaps)
    comparison.beyond_limits = _beyond_limits(comparison.differences, gaps)
    allowed = {}
    for driver, number in (skipped or {}).items():
        preempted = max((lost or {}).get(driver, 0) - comparison.beyond_limits.get(driver, 0), 0) if number else 0
        allowed[driver] = min(number + preempted, comparison.events // RARE)
    comparison.differences = _with_skipped(comparison.differences, gaps, allowed)
    comparison.differences = _unsteady_only_if_rare(comparison.differences, gaps, compared)
    return comparison


def _with_common_programs(recordings: Sequence[tuple[str, Segments]]) -> list[tuple[str, Segments]]:
    """Put the events of a program whose beginning somebody missed to those of the program before it, for everybody."""
    common = set.intersection(*(set(segments) for _, segments in recordings))
    merged: list[tuple[str, Segments]] = []
    for driver, segments in recordings:
        kept: dict[str, list[ScapEvent]] = {}
        last = ""
        for program, events in segments.items():
            last = program if program in common else last
            kept.setdefault(last, []).extend(events)
        merged.append((driver, kept))
    return merged


def _unsteady_only_if_rare(
    differences: Sequence[Difference], gaps: Gaps, compared: Mapping[str, int]
) -> list[Difference]:
    """Take the reason from what differs in any event by chance, where that is more often than chance explains.

    `compared`: for each parameter, how many pairs of values were compared.
    """
    chance = {name: reason for (symbol, name), reason in gaps.unsteady.items() if symbol == EVERY_EVENT}
    differing = Counter(one.parameter for one in differences if one.reason == chance.get(one.parameter, ""))
    often = {(name, chance[name]) for name in chance if differing[name] > max(compared[name] // RARE, 2)}
    return [replace(one, reason=None) if (one.parameter, one.reason) in often else one for one in differences]


Pair = tuple[ScapEvent | None, ScapEvent | None]


def _align(ours: Sequence[ScapEvent], theirs: Sequence[ScapEvent]) -> Iterator[Pair]:
    """Pair the events of each thread in their order; None stands for what the other side does not have."""
    threads = [_by_thread(events) for events in (ours, theirs)]
    for tid in dict.fromkeys((*threads[0], *threads[1])):
        first, second = (thread.get(tid, []) for thread in threads)
        kinds = [[_kind(event) for event in events] for events in (first, second)]
        if kinds[0] == kinds[1]:
            yield from zip(first, second, strict=True)
            continue
        yield from _align_thread(first, second)


def _align_thread(ours: Sequence[ScapEvent], theirs: Sequence[ScapEvent]) -> Iterator[Pair]:
    """Pair what is equal in all, then, of what lies between, what is of one kind.

    Equal events first: one write that is missing among many must not set all others against their neighbours.
    """
    for equal, one, other in _runs(ours, theirs, lambda event: (event.type, tuple(event.params))):
        if equal:
            yield from zip(one, other, strict=True)
            continue
        for alike, left, right in _runs(one, other, _kind):
            if alike:
                yield from zip(left, right, strict=True)
            else:
                yield from ((event, None) for event in left)
                yield from ((None, event) for event in right)


def _runs(
    ours: Sequence[ScapEvent], theirs: Sequence[ScapEvent], key: Callable[[ScapEvent], Hashable]
) -> Iterator[tuple[bool, Sequence[ScapEvent], Sequence[ScapEvent]]]:
    keys = [[key(event) for event in events] for events in (ours, theirs)]
    for tag, a, b, c, d in SequenceMatcher(a=keys[0], b=keys[1], autojunk=False).get_opcodes():
        yield tag == "equal", ours[a:b], theirs[c:d]


def _kind(event: ScapEvent) -> tuple[int, bytes]:
    """Tell events apart: by type, and generic ones by the call that they are of."""
    return event.type, b"".join(event.params) if event.schema.symbol == "GENERIC_X" else b""


def _by_thread(events: Sequence[ScapEvent]) -> dict[int, list[ScapEvent]]:
    threads: dict[int, list[ScapEvent]] = {}
    for event in events:
        threads.setdefault(event.tid, []).append(event)
    return threads


class _Found(NamedTuple):
    """A value that differs: the bytes that each has, None for nothing, and the same as text."""

    symbol: str
    parameter: str
    values: tuple[bytes | None, bytes | None]
    texts: tuple[str, str]


def _differing(one: ScapEvent | None, other: ScapEvent | None) -> Iterator[_Found]:
    """Yield what differs."""
    if one is None or other is None:
        present = one or other
        assert present is not None
        has, lacks = _summary(present), _NOTHING
        yield _Found(present.schema.symbol, WHOLE, (None, None), (has, lacks) if one else (lacks, has))
        return
    symbol = one.schema.symbol
    # That evidence is degraded says the engine, of what comes behind a loss; the loss itself shows as missing events.
    for name, ours, theirs in (
        ("(flags)", one.flags & ~DEGRADED, other.flags & ~DEGRADED),
        (CPU, one.cpu, other.cpu),
    ):
        if ours != theirs:
            yield _Found(
                symbol, name, (ours.to_bytes(4, "little"), theirs.to_bytes(4, "little")), (str(ours), str(theirs))
            )
    params = one.schema.params
    for index, values in enumerate(itertools.zip_longest(one.params, other.params)):
        if values[0] != values[1]:
            param = params[index] if index < len(params) else None
            for name, *parts in _parts(index, param, *values):
                yield _Found(symbol, name, (parts[0], parts[1]), (_text(parts[0], param), _text(parts[1], param)))


def _parts(
    index: int, param: Param | None, one: bytes | None, other: bytes | None
) -> Iterator[tuple[str, bytes | None, bytes | None]]:
    """Yield what differs of a parameter: the tuple of a unix socket has two parts, of which one are addresses."""
    name = param.name if param else f"(parameter {index})"
    if (
        param is None
        or param.type is not ParamType.SOCKTUPLE
        or not one
        or not other
        or not one[0] == other[0] == AF_UNIX
    ):
        yield name, one, other
        return
    addresses = slice(1, 1 + 2 * 8)
    if one[addresses] != other[addresses]:
        yield ADDRESSES, one[addresses], other[addresses]
    if one[addresses.stop :] != other[addresses.stop :]:
        yield name, one, other


def _summary(event: ScapEvent) -> str:
    values = zip(event.schema.params, event.params, strict=False)
    return f"tid={event.tid} " + " ".join(f"{param.name}={_text(value, param)}" for param, value in values)


def _text(value: bytes | None, param: Param | None) -> str:
    """Write a value for people: its bytes, and what they mean where that is simple."""
    if value is None:
        return "no such parameter"
    width = WIDTH.get(param.type) if param else None
    if not value:
        return "empty"
    if width == len(value):
        return f"{int.from_bytes(value, 'little')} (0x{value[::-1].hex()})"
    shown = value.hex() if len(value) <= 64 else f"{value[:64].hex()}... ({len(value)} bytes)"
    return f"{shown} {value[:64]!r}"


def _declared(drivers: tuple[str, str], found: _Found, gaps: Gaps) -> str | None:
    symbol, parameter = found.symbol, found.parameter
    if parameter == WHOLE:
        lacking = drivers[0] if found.texts[0] == _NOTHING else drivers[1]
        return gaps.events.get(lacking, {}).get(symbol) or gaps.limits.get(lacking, {}).get(symbol)
    keys = ((symbol, parameter), (EVERY_EVENT, parameter))
    for driver, value in zip(drivers, found.values, strict=True):
        for key in keys:
            reason = gaps.parameters.get(driver, {}).get(key)
            if reason and not any(value or b""):
                return reason
            imprecise = gaps.imprecise.get(driver, {}).get(key)
            if imprecise and _apart(found.values) <= imprecise.most + imprecise.most_per_cpu * (os.cpu_count() or 1):
                return imprecise.reason
    return gaps.unsteady.get(keys[0]) or gaps.unsteady.get(keys[1])


def _cut_off(drivers: tuple[str, str], pair: Pair, found: _Found, gaps: Gaps) -> str | None:
    """Return why a driver does not know what a call has given, where the event says that."""
    for driver, event, value in zip(drivers, pair, found.values, strict=True):
        result, reason = gaps.cut_off.get(driver, (0, ""))
        if reason and event and event.params:
            unknown = result.to_bytes(len(event.params[0]) or 8, "little", signed=True)
            if event.params[0] == unknown and (value == unknown or not any(value or b"")):
                return reason
    return None


def _apart(values: tuple[bytes | None, bytes | None]) -> float:
    """Return by how much two numbers differ; infinity where one is none."""
    if not values[0] or not values[1] or len(values[0]) != len(values[1]):
        return math.inf
    one, other = (int.from_bytes(value or b"", "little") for value in values)
    return abs(one - other)


def _with_skipped(differences: list[Difference], gaps: Gaps, skipped: Mapping[str, int]) -> list[Difference]:
    """Declare the missing events of drivers that skipped at least as many; more than they say remain what they are."""

    def lacks(one: Difference) -> tuple[str, str] | None:
        if one.parameter != WHOLE or one.reason is not None:
            return None
        return one.drivers if one.values[0] == _NOTHING else (one.drivers[1], one.drivers[0])

    missing = Counter(filter(None, map(lacks, differences)))
    told = []
    for one in differences:
        lack = lacks(one)
        if lack is not None and lack[0] in gaps.skipped and missing[lack] <= skipped.get(lack[0], 0):
            told.append(replace(one, reason=gaps.skipped[lack[0]]))
        else:
            told.append(one)
    return told


def _stale(
    driver: str, emitted: set[str], differing: set[tuple[str, str]], others: Sequence[str], gaps: Gaps
) -> Iterator[str]:
    """Yield what is declared of a driver and does not show. That takes another driver, of which it is not declared."""
    for symbol in gaps.events.get(driver, {}):
        if symbol in emitted:
            yield f"{driver} is declared not to emit {symbol}, and does"
    for symbol in gaps.limits.get(driver, {}):
        compared = any(symbol not in gaps.limits.get(other, {}) for other in others)
        if compared and symbol in emitted and (symbol, WHOLE) not in differing:
            yield f"{driver} is declared to emit fewer events {symbol} than the others, and does not"
    for key in gaps.parameters.get(driver, {}):
        compared = any(key not in gaps.parameters.get(other, {}) for other in others)
        if compared and key[0] in emitted and key not in differing:
            yield f"{driver} is declared not to fill {key[1]} of {key[0] or 'any event'}, and does as the others do"
    for key in gaps.imprecise.get(driver, {}):
        compared = any(key not in gaps.imprecise.get(other, {}) for other in others)
        if compared and key[0] in emitted and key not in differing:
            yield f"{driver} is declared to be imprecise in {key[1]} of {key[0] or 'any event'}, and is not"


def _stale_cut_off(differences: Sequence[Difference], drivers: Sequence[str], gaps: Gaps) -> Iterator[str]:
    """Yield the drivers that are declared not to know the results of some calls, and always do."""
    for driver, (_, reason) in gaps.cut_off.items():
        if driver in drivers and set(drivers) - set(gaps.cut_off) and all(one.reason != reason for one in differences):
            yield f"{driver} is declared not to know the results of calls that are cut off, and does"


def _beyond_limits(differences: Sequence[Difference], gaps: Gaps) -> dict[str, int]:
    missing: Counter[tuple[str, str]] = Counter()
    for one in differences:
        lacking, other = one.drivers if one.values[0] == _NOTHING else reversed(one.drivers)
        if one.parameter == WHOLE and one.event in gaps.limits.get(lacking, {}):
            missing[lacking, other] += 1
    return {
        driver: max(number for (lacking, _), number in missing.items() if lacking == driver) for driver, _ in missing
    }


def condensed(differences: Sequence[Difference]) -> list[tuple[Difference, int]]:
    """Return one of each kind: program, event, parameter, drivers and reason, with how many there are of it."""

    def kind(one: Difference) -> tuple[object, ...]:
        return one.program, one.event, one.parameter, one.drivers, one.reason

    first: dict[tuple[object, ...], Difference] = {}
    for one in differences:
        first.setdefault(kind(one), one)
    kinds = Counter(map(kind, differences))
    return [(one, kinds[key]) for key, one in first.items()]


def filled_events() -> set[str]:
    """Return the types of the events that at least one driver emits."""
    return {
        event.name
        for symbol, event in BY_SYMBOL.items()
        if event.filled and not all(symbol in gaps for gaps in GAPS.values())
    }
