"""Rust tables of the engine: events, parameters, flags, system calls, fields, fillers, converter."""

from __future__ import annotations

from collections.abc import Iterable

from agent.codegen.c_schema import schema_hash
from agent.codegen.output import Output, notice
from agent.schema.converter import STEPS
from agent.schema.converter.steps import Step, Value
from agent.schema.events import EVENTS
from agent.schema.field_types import FF, ArgKind
from agent.schema.fields import FIELDS
from agent.schema.flags import TABLES
from agent.schema.gaps import GAPS
from agent.schema.syscalls import IA32_ALIASES, SYSCALLS
from agent.schema.types import EC, EF, UF, Event, Loss, Param, ParamFormat, ParamType

FOLDER = "agent/rust/engine/src/schema/generated"


def camel(text: str) -> str:
    """Return ``text`` (any of ``._-`` or spaces between words, any case) in CamelCase."""
    words = "".join(c if c.isalnum() else " " for c in text).split()
    return "".join(word[0].upper() + word[1:].lower() for word in words)


def outputs() -> list[Output]:
    """Return every Rust file."""
    return [
        _file("mod.rs", "agent/schema", _mod()),
        _file("types.rs", "agent/schema/types.py", _types()),
        _file("flags.rs", "agent/schema/flags", _flags()),
        _file("events.rs", "agent/schema/events", _events()),
        _file("codes.rs", "agent/schema/events", _codes()),
        _file("syscalls.rs", "agent/schema/syscalls.py", _syscalls()),
        _file("fields.rs", "agent/schema/fields", _fields()),
        _file("fillers.rs", "agent/schema/events", _fillers()),
        _file("converter.rs", "agent/schema/converter", _converter()),
    ]


def _file(name: str, source: str, body: Iterable[str]) -> Output:
    return Output(f"{FOLDER}/{name}", f"// {notice(source)}\n\n" + "\n".join(body) + "\n")


def _mod() -> list[str]:
    # The attribute keeps rustfmt off the generated tables; inner attributes of a file module would be unstable.
    names = ("codes", "converter", "events", "fields", "fillers", "flags", "syscalls", "types")
    return [f"#[rustfmt::skip]\npub mod {name};" for name in names]


def _types() -> list[str]:
    lines = [
        "/// Type of an event parameter or of a field. Numbers are those of the scap format.",
        "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]",
        "#[repr(u8)]",
        "pub enum ParamType {",
        *(f"    {camel(member.name)} = {member.value}," for member in ParamType),
        "}",
        "",
        "/// How a number is printed.",
        "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]",
        "pub enum ParamFormat {",
        *(f"    {camel(member.name)}," for member in ParamFormat),
        "}",
        "",
        "/// What may follow a field's name.",
        "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]",
        "pub enum ArgKind {",
    ]
    for kind in ArgKind:
        lines += [f"    /// {kind.value}", f"    {camel(kind.name)},"]
    lines += ["}", "", "/// Category under which a ring counts an event it could not take."]
    lines += ["#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]", "#[repr(u8)]", "pub enum Loss {"]
    lines += [f"    {camel(member.name)} = {member.value}," for member in Loss]
    lines += ["}", "", "/// Names of the loss categories, by number."]
    names = ", ".join(f'"{member.name.lower()}"' for member in Loss)
    lines += [f"pub static LOSS_NAMES: [&str; {len(Loss)}] = [{names}];"]
    for module, doc, cls in (
        ("ec", "Event categories: a class in the low bits, the origin in the high ones.", EC),
        ("ef", "Event flags.", EF),
        ("uf", "System call flags.", UF),
        ("ff", "Field flags.", FF),
    ):
        lines += ["", f"/// {doc}", f"pub mod {module} {{"]
        for name, value in vars(cls).items():
            if not name.startswith("_"):
                lines.append(f"    pub const {name}: u32 = {value:#x};")
        lines.append("}")
    return lines


def _flags() -> list[str]:
    lines = ["use crate::schema::FlagTable;"]
    for table in TABLES.values():
        lines += ["", f"pub static {table.name.upper()}: FlagTable = FlagTable {{", f'    name: "{table.name}",']
        lines.append("    entries: &[")
        lines += [f'        ("{flag.name}", {flag.value:#x}),' for flag in table.entries]
        lines += ["    ],", "};"]
    lines += ["", "/// Every flag table.", f"pub static FLAG_TABLES: [&FlagTable; {len(TABLES)}] = ["]
    lines += [f"    &{name.upper()}," for name in TABLES]
    lines.append("];")
    return lines


def _param(param: Param) -> str:
    flags = f"Some(&flags::{param.flags.name.upper()})" if param.flags else "None"
    dirfd = f"Some({param.dirfd})" if param.dirfd is not None else "None"
    variants = ", ".join(
        f"DynVariant {{ ptype: T::{camel(v.type.name)}, format: F::{camel(v.format.name)} }}" for v in param.dynamic
    )
    return (
        f'ParamInfo {{ name: "{param.name}", ptype: T::{camel(param.type.name)}, '
        f"format: F::{camel(param.format.name)}, flags: {flags}, dirfd: {dirfd}, dynamic: &[{variants}] }}"
    )


def _events() -> list[str]:
    lines = [
        "use super::flags;",
        "use super::types::{ParamFormat as F, ParamType as T};",
        "use crate::schema::{DynVariant, EventInfo, ParamInfo, Status};",
        "",
        "/// Every event type; the index is its code.",
        f"pub static EVENTS: [EventInfo; {len(EVENTS)}] = [",
    ]
    for event in EVENTS:
        lines += [
            "    EventInfo {",
            f'        code: {event.code}, symbol: "{event.symbol}", name: "{event.name}",',
            f"        exit: {str(event.exit).lower()}, status: Status::{camel(event.status.name)},",
            f"        category: {event.category:#x}, flags: {event.flags:#x},",
            "        params: &[" + ("" if event.params else "],"),
        ]
        if event.params:
            lines += [f"            {_param(param)}," for param in event.params]
            lines.append("        ],")
        lines.append("    },")
    lines.append("];")
    return lines


def _codes() -> list[str]:
    lines = ["//! Event codes by symbol.", ""]
    lines += ["/// Of all that decides what a driver's records mean: a driver built from another schema is refused."]
    lines += [f"pub const SCHEMA_HASH: u64 = {schema_hash():#018x};", ""]
    lines += [f"pub const {event.symbol}: u16 = {event.code};" for event in EVENTS]
    return lines


def _syscalls() -> list[str]:
    codes = {event.symbol: event.code for event in EVENTS}
    generic = (codes["GENERIC_E"], codes["GENERIC_X"])
    lines = [
        "use crate::schema::SyscallInfo;",
        "",
        "/// Every system call; the index is its number in the scap format.",
        f"pub static SYSCALLS: [SyscallInfo; {len(SYSCALLS)}] = [",
    ]
    for call in SYSCALLS:
        enter, exit_ = (codes[f"{call.stem}_E"], codes[f"{call.stem}_X"]) if call.stem else generic
        numbers = ", ".join(
            f"{arch}: {-1 if nr is None else nr}"
            for arch, nr in (("x86_64", call.x86_64), ("aarch64", call.aarch64), ("ia32", call.ia32))
        )
        lines.append(
            f'    SyscallInfo {{ ppm_sc: {call.ppm_sc}, name: "{call.name}", flags: {call.flags:#x}, '
            f"enter_event: {enter}, exit_event: {exit_}, {numbers} }},"
        )
    lines.append("];")
    by_name = {call.name: call.ppm_sc for call in SYSCALLS}
    tables: dict[str, dict[int, int]] = {
        "X86_64": {call.x86_64: call.ppm_sc for call in SYSCALLS if call.x86_64 is not None},
        "AARCH64": {call.aarch64: call.ppm_sc for call in SYSCALLS if call.aarch64 is not None},
        "IA32": {call.ia32: call.ppm_sc for call in SYSCALLS if call.ia32 is not None},
    }
    tables["IA32"] |= {nr: by_name[name] for nr, name in IA32_ALIASES}
    for arch, table in tables.items():
        size = max(table) + 1
        lines += ["", f"/// Native number on {arch.lower()} to number in the scap format; 0: no such call."]
        lines.append(f"pub static {arch}_TO_SC: [u16; {size}] = [")
        numbers_ = [table.get(nr, 0) for nr in range(size)]
        for at in range(0, size, 20):
            lines.append("    " + ", ".join(str(n) for n in numbers_[at : at + 20]) + ",")
        lines.append("];")
    return lines


def _fields() -> list[str]:
    lines = [
        "use super::types::{ArgKind as A, ParamFormat as F, ParamType as T};",
        "use crate::schema::FieldInfo;",
        "",
        "/// One variant per field.",
        "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]",
        "#[repr(u16)]",
        "pub enum FieldId {",
        *(f"    {camel(name)}," for name in FIELDS),
        "}",
        "",
        "/// Every field; the index is the number of its `FieldId`.",
        f"pub static FIELDS: [FieldInfo; {len(FIELDS)}] = [",
    ]
    for name, field in FIELDS.items():
        lines.append(
            f'    FieldInfo {{ id: FieldId::{camel(name)}, name: "{name}", ftype: T::{camel(field.type.name)}, '
            f"format: F::{camel(field.format.name)}, is_list: {str(field.is_list).lower()}, "
            f"arg: A::{camel(field.arg.name)}, flags: {field.flags:#x}, "
            f'provider: "{field.provider}", implemented: {str(field.implemented).lower()} }},'
        )
    lines.append("];")
    lines += ["", "/// Numbers of all fields, in the order of their names, for binary search."]
    order = sorted(range(len(FIELDS)), key=lambda i: list(FIELDS)[i].encode())
    lines.append(f"pub static FIELDS_BY_NAME: [u16; {len(FIELDS)}] = [")
    for at in range(0, len(order), 20):
        lines.append("    " + ", ".join(str(i) for i in order[at : at + 20]) + ",")
    lines.append("];")
    return lines


def _fillers() -> list[str]:
    lines = [
        "use super::types::Loss;",
        "use crate::schema::{Filler, Lane};",
        "",
        "/// Programs of the kernel drivers, one per event they emit.",
        "pub static FILLERS: &[Filler] = &[",
    ]
    lines += [f"    {_filler(event)}," for event in EVENTS if event.filled]
    lines.append("];")
    return lines


def _filler(event: Event) -> str:
    # The bodies are shared, so what one driver lacks all lack.
    written = str(event.symbol not in GAPS["kmod"]).lower()
    return (
        f'Filler {{ code: {event.code}, program: "fill_{event.short}", written: {written}, '
        f"loss: Loss::{camel(event.loss.name)}, lane: Lane::{camel(event.lane.name)} }}"
    )


def _converter() -> list[str]:
    lines = [
        "use crate::schema::{ConvertAction as A, ConvertStep, ConvertValue as V, Fallback as F};",
        "",
        "/// Every step, by event code and number of parameters in the file.",
        f"pub static CONVERTER: [ConvertStep; {len(STEPS)}] = [",
    ]
    codes = {event.symbol: event.code for event in EVENTS}
    lines += [f"    {_step(code, step, codes)}," for (code, _), step in STEPS.items()]
    lines.append("];")
    return lines


def _step(code: int, step: Step, codes: dict[str, int]) -> str:
    into = codes[step.into] if step.into else code
    values = ", ".join(_value(value) for value in step.values)
    return (
        f"ConvertStep {{ code: {code}, nparams: {step.nparams}, action: A::{camel(step.action.name)}, "
        f"into: {into}, values: &[{values}] }}"
    )


def _value(value: Value) -> str:
    fallback = f"F::{camel(value.fallback.name)}"
    return {
        "OLD": f"V::Old({value.index})",
        "ENTER": f"V::Enter({value.index}, {fallback})",
        "FALLBACK": f"V::Fallback({fallback})",
        "CONTAINER_JSON": "V::ContainerJson",
    }[value.origin.name]
