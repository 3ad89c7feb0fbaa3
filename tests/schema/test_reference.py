"""The schema says what the field's own tables say: same numbers, names, types, flags."""

from __future__ import annotations

from agent.schema.events import EVENTS
from agent.schema.field_types import FF, ArgKind
from agent.schema.fields import FIELDS
from agent.schema.flags import TABLES
from agent.schema.syscalls import SYSCALLS
from agent.schema.types import EC, EF, UF, DynVariant, Event, Param, ParamFormat, ParamType, Status
from tests.schema.reference import rows

STATUS = {"current": Status.CURRENT, "old": Status.OLD, "unused": Status.UNUSED}
FORMAT = {"PF_10_PADDED_DEC": ParamFormat.PADDED_DEC, "-": ParamFormat.NA}
DYNAMIC = {
    "sockopt_dynamic_param[5]": ["BYTEBUF", "ERRNO", "UINT32", "UINT64", "RELTIME"],
    "ptrace_dynamic_param[2]": ["UINT64", "SIGTYPE"],
    "bpf_dynamic_param[2]": ["FD", "ERRNO"],
    "keyctl_dynamic_param[2]": ["INT64", "CHARBUF"],
}
# The table of mlockall's flags is not in the reference, which has a question mark for it.
NOT_IN_REFERENCE = {"mlockall_flags"}


def bits(text: str, names: type) -> int:
    value = 0
    for name in text.split("|"):
        value |= getattr(names, name.split("_", 1)[1])
    return value


def category(text: str) -> int:
    """EC_UNKNOWN is zero, so it adds nothing where the reference has it beside another class."""
    return bits(text, EC)


def parameter(param: Param) -> str:
    kind = f"{param.name}:PT_{param.type.name}:PF_{param.format.name}"
    if param.flags:
        return f"{kind}:{'?' if param.flags.name in NOT_IN_REFERENCE else param.flags.name}"
    if param.dirfd is not None:
        return f"{kind}:dirfd_param={param.dirfd}"
    if param.dynamic:
        return f"{kind}:{dynamic(param.dynamic)}"
    return kind


def dynamic(variants: tuple[DynVariant, ...]) -> str:
    types = [variant.type.name for variant in variants]
    return next(name for name, expected in DYNAMIC.items() if expected == types)


def describe(event: Event) -> tuple[object, ...]:
    return (
        event.code,
        f"PPME_{event.symbol}",
        "X" if event.exit else "E",
        event.name,
        event.category,
        event.flags,
        ";".join(parameter(param) for param in event.params),
        event.status,
    )


def test_every_event_is_the_reference_s() -> None:
    reference = rows("events.tsv")
    params = next(key for key in reference[0] if key.startswith("params"))
    expected = [
        (
            int(row["id"]),
            row["enum"],
            row["direction"],
            row["name"],
            category(row["category"]),
            bits(row["flags"], EF),
            row[params],
            STATUS[row["driver_status"].split("(")[0]],
        )
        for row in reference
    ]
    assert [describe(event) for event in EVENTS] == expected


def test_every_flag_table_is_the_reference_s() -> None:
    expected: dict[str, list[tuple[str, int]]] = {}
    for row in rows("flags.tsv"):
        expected.setdefault(row["table"], []).append((row["symbol"], int(row["value_dec"])))
    ours = {
        name: [(flag.name, flag.value) for flag in table.entries]
        for name, table in TABLES.items()
        if name not in NOT_IN_REFERENCE
    }
    assert ours == expected


def test_every_system_call_is_the_reference_s() -> None:
    def number(text: str) -> int | None:
        return int(text) if text else None

    expected = []
    for row in rows("syscalls.tsv"):
        flags = 0 if row["table_flags"] == "-" else bits(row["table_flags"], UF)
        pair = (f"{row['enter_evt']}/{row['exit_evt']}").replace("PPME_", "") if row["exit_evt"] else None
        arches = (number(row["nr_x86_64"]), number(row["nr_aarch64"]))
        expected.append((int(row["ppm_sc"]), row["syscall_name"], flags, pair, *arches))
    ours = [
        (
            call.ppm_sc,
            call.name,
            call.flags,
            f"{call.stem}_E/{call.stem}_X" if call.stem else None,
            call.x86_64,
            call.aarch64,
        )
        for call in SYSCALLS
    ]
    assert ours == expected


def test_every_field_is_the_reference_s() -> None:
    expected = {}
    for row in rows("fields.tsv"):
        name = "static" if row["name"] == "static.<key>" else row["name"]
        shape = row["print_format"]
        expected[name] = (
            ParamType[row["type"].removeprefix("PT_")],
            row["is_list"] == "yes",
            FORMAT.get(shape) or ParamFormat[shape.removeprefix("PF_")],
            row["deprecated"] == "yes",
            0 if row["other_flags"] == "-" else bits(f"X_{row['other_flags'].replace('|', '|X_')}", FF),
            row["argument"] != "none" or name == "static",
            row["argument"].startswith("required") or name == "static",
        )
    ours = {
        field.name: (
            field.type,
            field.is_list,
            field.format,
            field.deprecated,
            field.flags,
            field.arg is not ArgKind.NONE,
            field.arg.name.startswith("REQUIRED"),
        )
        for field in FIELDS.values()
    }
    assert ours == expected
