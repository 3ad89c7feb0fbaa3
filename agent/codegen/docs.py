"""Reference pages: tables of events, system calls, fields, gaps of the drivers, and how one is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.codegen.output import Output, notice
from agent.schema.events import BY_SYMBOL, EVENTS, FAMILIES
from agent.schema.field_types import FF, ArgKind, Field
from agent.schema.fields import FIELDS
from agent.schema.gaps import (
    ADDRESSES,
    CPU,
    CUT_OFF,
    DRIVERS,
    EVERY_EVENT,
    GAPS,
    IMPRECISE,
    LIMITS,
    PARAMETER_GAPS,
    SKIPPED_RUNS,
    UNSTEADY,
    Imprecise,
)
from agent.schema.syscalls import SYSCALLS
from agent.schema.types import EF, Event, Lane, Param, ParamType, Status
from loader import guide

_ARGUMENTS = {
    ArgKind.NONE: "",
    ArgKind.OPTIONAL_INDEX: "`[n]` optional",
    ArgKind.REQUIRED_INDEX: "`[n]`",
    ArgKind.OPTIONAL_KEY: "`[key]` optional",
    ArgKind.REQUIRED_KEY: "`[key]`",
    ArgKind.OPTIONAL_INDEX_OR_KEY: "`[n]` or `[key]`, optional",
    ArgKind.REQUIRED_INDEX_OR_KEY: "`[n]` or `[key]`",
    ArgKind.OPTIONAL_NAME: "`.name` optional",
    ArgKind.REQUIRED_NAME: "`.name`",
    ArgKind.REQUIRED_INDEX_OR_NAME: "`[n]` or `.name`",
}

_CLASSES = {
    "evt": "Events",
    "fd": "Descriptors",
    "fdlist": "Lists of descriptors",
    "fs.path": "Paths",
    "process": "Processes and threads",
    "user": "Users",
    "group": "Groups",
    "container": "Containers",
    "k8s": "Kubernetes, from the container runtime",
    "k8smeta": "Kubernetes, from the cluster",
    "krsi": "Events of the krsi plugin",
    "anomaly": "Anomalies",
    "static": "Constants",
}


def outputs() -> list[Output]:
    """Return the pages."""
    return [
        _page("events.md", "Events", "agent/schema/events", _events()),
        _page("syscalls.md", "System calls", "agent/schema/syscalls.py", _syscalls()),
        _page("fields.md", "Fields", "agent/schema/fields", _fields()),
        _page("drivers.md", "Drivers: what each cannot see", "agent/schema/gaps.py", _drivers()),
        _page("choosing-a-driver.md", "Choosing a driver", "loader/guide.py", [guide.page()]),
    ]


def _page(name: str, title: str, source: str, body: Iterable[str]) -> Output:
    return Output(f"docs/{name}", f"<!-- {notice(source)} -->\n\n# {title}\n\n" + "\n".join(body) + "\n")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return lines


def _events() -> list[str]:
    lines = [
        "What a rule can match on as `evt.type`, and the parameters it finds as `evt.arg.NAME`. Numbers, names and",
        "types are those of the scap format. *State*: the engine's tables depend on the event: it is captured whatever",
        "the rules need. *Lane*: state-critical events have rings of their own, which a flood of others cannot fill.",
    ]
    for family in FAMILIES:
        events: list[Event] = [event for event in family.EVENTS if event.status is Status.CURRENT]
        if events:
            lines += ["", f"## {family.__name__.rsplit('.', 1)[-1].capitalize()}", "", str(family.__doc__), ""]
            head = ("type", "code", "direction", "parameters", "state", "lane", "emitted")
            lines += _table(head, (_event(event) for event in events))
    old = [event for event in EVENTS if event.status is Status.OLD]
    lines += [
        "",
        "## Former events",
        "",
        "Read from old capture files and converted; no driver of today emits them.",
        "",
    ]
    rows = ((f"`{event.symbol}`", str(event.code), _parameters(event)) for event in old)
    lines += _table(("symbol", "code", "parameters"), rows)
    return lines


def _event(event: Event) -> tuple[str, ...]:
    lane = event.lane.name.lower() if event.filled else ""
    return (
        f"`{event.name}`",
        str(event.code),
        "exit" if event.exit else "enter",
        _parameters(event),
        "yes" if event.modifies_state else "",
        "**critical**" if event.filled and event.lane is Lane.CRITICAL else lane,
        _emitted(event),
    )


def _emitted(event: Event) -> str:
    if not event.filled:
        return "no"
    missing: dict[str, list[str]] = {}
    for driver, gaps in GAPS.items():
        if event.symbol in gaps:
            missing.setdefault(gaps[event.symbol], []).append(driver)
    if [len(drivers) for drivers in missing.values()] == [len(GAPS)]:
        return f"not yet: {next(iter(missing))}"
    return "; ".join(f"not by {', '.join(drivers)}: {reason}" for reason, drivers in missing.items()) or "yes"


def _parameters(event: Event) -> str:
    return ", ".join(_parameter(param) for param in event.params)


def _parameter(param: Param) -> str:
    text = f"`{param.name}` {param.type.name.lower()}"
    return f"{text} ({param.flags.name})" if param.flags else text


def _syscalls() -> list[str]:
    lines = [
        "Numbers of every call, and the event it yields. Calls without an event of their own yield `syscall`, which",
        "says which call it was and no more. A dash: the architecture does not have the call.",
        "",
    ]
    codes = {event.symbol: event for event in EVENTS}
    rows = []
    for call in sorted(SYSCALLS, key=lambda call: call.name):
        if call.stem:
            exit_ = codes[f"{call.stem}_X"]
            state = "yes" if exit_.flags & EF.MODIFIES_STATE else ""
            numbers = ("-" if nr is None else str(nr) for nr in (call.x86_64, call.aarch64, call.ia32))
            rows.append((f"`{call.name}`", *numbers, f"`{exit_.name}`", str(exit_.code), state, str(call.ppm_sc)))
    head = ("call", "x86-64", "aarch64", "ia32", "event", "code", "state", "number in the format")
    return lines + _table(head, rows)


def _fields() -> list[str]:
    lines = [
        "What a condition can test and an output can print. A field without a value prints `<NA>` (in JSON `null`),",
        "and every comparison with it is false.",
    ]
    for klass, title in _CLASSES.items():
        fields = [field for field in FIELDS.values() if field.klass == klass and not field.flags & FF.TABLE_ONLY]
        lines += ["", f"## {title}", ""]
        lines += _table(("field", "argument", "type", "meaning"), (_field(field) for field in fields))
    return lines


def _field(field: Field) -> tuple[str, ...]:
    notes = [field.description]
    if field.deprecated:
        notes.append("Deprecated.")
    if field.flags & FF.FILTER_ONLY:
        notes.append("In conditions only.")
    if field.flags & FF.PRINT_ONLY:
        notes.append("In output only.")
    if not field.implemented:
        notes.append("**Not available yet**")
    kind = _type(field.type) + (" list" if field.is_list else "")
    return (f"`{field.name}`", _ARGUMENTS[field.arg], kind, ". ".join(note.rstrip(".") for note in notes) + ".")


def _drivers() -> list[str]:
    filled = sum(event.filled for event in EVENTS)
    lines = [
        "The drivers tell the same of every system call, byte for byte, but for what is listed here. The tests hold",
        "them to it: several drivers watch one run of the test programs, and every parameter of every event is",
        "compared (`python -m tests.drivers.parity_run`). A difference that is not listed fails the test, and so",
        "does a gap listed here that does not show.",
        "",
    ]
    rows = []
    for driver, name in DRIVERS.items():
        emitted = filled - len(GAPS[driver])
        rows.append((name, f"`{driver}`", f"{emitted} of {filled}", str(len(PARAMETER_GAPS[driver]) or "none")))
    lines += _table(("driver", "`engine.kind`", "kinds of events", "parameters that it leaves out"), rows)
    gaps: dict[tuple[str, str, str], list[str]] = {}
    for driver, name in DRIVERS.items():
        for symbol, reason in GAPS[driver].items():
            gaps.setdefault((symbol, "all of it", reason), []).append(name)
        for symbol, reason in LIMITS[driver].items():
            gaps.setdefault((symbol, "some of many", reason), []).append(name)
        for (symbol, parameter), reason in PARAMETER_GAPS[driver].items():
            gaps.setdefault((symbol, _parameter_name(parameter), reason), []).append(name)
    for driver, (result, reason) in CUT_OFF.items():
        gaps.setdefault(
            (EVERY_EVENT, f"the result, which is {result} then, and what lies in memory", reason), []
        ).append(DRIVERS[driver])
    for driver, reason in SKIPPED_RUNS.items():
        gaps.setdefault((EVERY_EVENT, "a counted few", reason), []).append(DRIVERS[driver])
    missing = [
        (_event_name(symbol), what, "all" if len(names) == len(DRIVERS) else ", ".join(names), reason)
        for (symbol, what, reason), names in gaps.items()
    ]
    lines += ["", "## What is missing", "", *_table(("event", "what", "driver", "why"), missing)]
    lines += ["", "## What is less exact than elsewhere", ""]
    numbers = [
        (_event_name(symbol), _parameter_name(name), DRIVERS[driver], _by_how_much(number), number.reason)
        for driver, known in IMPRECISE.items()
        for (symbol, name), number in known.items()
    ]
    lines += _table(("event", "parameter", "driver", "differs from the others' by at most", "why"), numbers)
    lines += ["", "## What may differ from one look to the next", ""]
    lines += ["Drivers that watch side by side look at a call one after the other. These values change meanwhile."]
    unsteady = [(_event_name(symbol), _parameter_name(name), reason) for (symbol, name), reason in UNSTEADY.items()]
    return [*lines, "", *_table(("event", "parameter", "why"), unsteady)]


def _by_how_much(number: Imprecise) -> str:
    parts = [f"{number.most:,}"] if number.most else []
    return " and ".join(parts + ([f"{number.most_per_cpu:,} for each cpu"] if number.most_per_cpu else []))


def _parameter_name(name: str) -> str:
    return {CPU: "the cpu", ADDRESSES: "the addresses in the tuple of a unix socket"}.get(name, f"`{name}`")


def _event_name(symbol: str) -> str:
    return "every that has it" if symbol == EVERY_EVENT else f"`{BY_SYMBOL[symbol].name}`"


def _type(ptype: ParamType) -> str:
    return {
        ParamType.CHARBUF: "text",
        ParamType.BYTEBUF: "bytes",
        ParamType.RELTIME: "duration",
        ParamType.ABSTIME: "time",
        ParamType.IPADDR: "address",
        ParamType.IPNET: "network",
        ParamType.DYN: "the parameter's",
    }.get(ptype, ptype.name.lower())
