"""Reference pages: tables of events, system calls and fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.codegen.output import Output, notice
from agent.schema.events import EVENTS, FAMILIES
from agent.schema.field_types import FF, ArgKind, Field
from agent.schema.fields import FIELDS
from agent.schema.gaps import GAPS
from agent.schema.syscalls import SYSCALLS
from agent.schema.types import EF, Event, Lane, Param, ParamType, Status

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
    """Return the three pages."""
    return [
        _page("events.md", "Events", "agent/schema/events", _events()),
        _page("syscalls.md", "System calls", "agent/schema/syscalls.py", _syscalls()),
        _page("fields.md", "Fields", "agent/schema/fields", _fields()),
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
    missing = [f"not by {driver}: {gaps[event.symbol]}" for driver, gaps in GAPS.items() if event.symbol in gaps]
    return "; ".join(missing) or "yes"


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
