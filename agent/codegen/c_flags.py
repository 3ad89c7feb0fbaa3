"""C header of flag values as stored in events, and converters from the kernel's values.

Converters are straight-line code or one switch: no loops, nothing that a BPF verifier has to explore.
"""

from __future__ import annotations

from agent.codegen.c_events import LICENCE
from agent.codegen.output import Output, notice
from agent.schema.convert import CONVERTERS, Converter
from agent.schema.flag_types import Conversion, Flag, FlagTable, Native
from agent.schema.flags import TABLES


def function(converter: Converter) -> str | None:
    """Return the name of a converter's C function; None where the number is kept as it is."""
    plain = converter.conversion is Conversion.IDENTITY and not converter.table.mask and not converter.table.magic
    return None if plain else f"scap_{converter.name}"


def outputs() -> list[Output]:
    """Return ``flags.h``."""
    lines = [LICENCE, f"/* {notice('agent/schema/flags')} */", "#ifndef AGENT_FLAGS_H", "#define AGENT_FLAGS_H"]
    lines += _constants()
    lines += _native()
    for converter in CONVERTERS.values():
        if function(converter):
            lines += ["", *_converter(converter)]
    lines += ["", "#endif"]
    return [Output("drivers/shared/generated/flags.h", "\n".join(lines) + "\n")]


def _constants() -> list[str]:
    lines: list[str] = []
    values: dict[str, int] = {}
    for table in TABLES.values():
        lines += ["", f"/* {table.name} */"]
        for flag in table.entries:
            name = _constant(table, flag)
            known = values.setdefault(name, flag.value)
            if known != flag.value:
                raise ValueError(f"{name} has two values, {known:#x} and {flag.value:#x}: give {table.name} a c_prefix")
            define = f"#define {name} {flag.value:#x}"
            if define not in lines:
                lines.append(define)
    return lines


def _constant(table: FlagTable, flag: Flag) -> str:
    return f"SCAP_{table.c_prefix}{flag.name}"


def _arch_flags() -> list[tuple[str, Native]]:
    return [
        (_native_name(table, flag), flag.native)
        for table in TABLES.values()
        for flag in table.entries
        if isinstance(flag.native, Native)
    ]


def _native_name(table: FlagTable, flag: Flag) -> str:
    return f"NATIVE_{table.c_prefix}{flag.name}"


def _native() -> list[str]:
    lines = ["", "/* Kernel values that differ between architectures. */"]
    lines.append("#if defined(__TARGET_ARCH_arm64) || defined(__aarch64__)")
    lines += [f"#define {name} {value.arm:#x}" for name, value in _arch_flags() if value.arm is not None]
    lines.append("#else")
    lines += [f"#define {name} {value.x86:#x}" for name, value in _arch_flags() if value.x86 is not None]
    lines.append("#endif")
    return lines


def _converter(converter: Converter) -> list[str]:
    table = converter.table
    lines = [f"static __always_inline __u32 scap_{converter.name}(__u32 native)", "{"]
    if converter.conversion in (Conversion.BITS, Conversion.ACCESS_MODE):
        lines += [
            "\t__u32 scap = (native & 3) + 1;"
            if converter.conversion is Conversion.ACCESS_MODE
            else "\t__u32 scap = 0;",
            "",
        ]
        lines += _bits(converter)
        lines.append("\treturn scap;")
    elif converter.conversion is Conversion.ENUM:
        lines += _switch(converter)
    else:
        if table.magic:
            mask, value = table.magic
            lines += [f"\tif ((native & {mask:#x}) == {value:#x})", f"\t\tnative &= ~{mask:#x};"]
        lines.append("\treturn native" + (f" & {table.mask:#x};" if table.mask is not None else ";"))
    lines.append("}")
    return lines


def _bits(converter: Converter) -> list[str]:
    lines: list[str] = []
    same = [flag for flag in converter.flags if flag.native == flag.value and flag.value]
    if same:
        lines.append(f"\tscap |= native & ({' | '.join(_constant(converter.table, flag) for flag in same)});")
    for flag in converter.flags:
        if flag in same or flag.value == 0:
            continue
        scap = _constant(converter.table, flag)
        if isinstance(flag.native, Native):
            name = _native_name(converter.table, flag)
            lines += [f"#ifdef {name}", f"\tscap |= (native & {name}) == {name} ? {scap} : 0;", "#endif"]
        elif flag.native is not None:
            lines.append(f"\tscap |= (native & {flag.native:#x}) == {flag.native:#x} ? {scap} : 0;")
    return lines


def _switch(converter: Converter) -> list[str]:
    table = converter.table
    lines = [f"\tswitch (native & {table.mask:#x}) {{" if table.mask is not None else "\tswitch (native) {"]
    for flag in sorted(converter.flags, key=lambda flag: flag.value):
        scap = _constant(table, flag)
        if isinstance(flag.native, Native):
            name = _native_name(table, flag)
            lines += [f"#ifdef {name}", f"\tcase {name}:", f"\t\treturn {scap};", "#endif"]
        else:
            lines += [f"\tcase {flag.native:#x}:", f"\t\treturn {scap};"]
    lines += ["\tdefault:", f"\t\treturn {table.default:#x};", "\t}"]
    return lines
