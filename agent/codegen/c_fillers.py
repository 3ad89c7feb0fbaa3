"""The C bodies of regular system calls, one per exit event, which all kernel drivers compile."""

from __future__ import annotations

from agent.codegen.c_events import LICENCE
from agent.codegen.c_flags import function
from agent.codegen.output import Output, notice
from agent.schema.convert import CONVERTERS
from agent.schema.events import EVENTS
from agent.schema.gaps import GAPS
from agent.schema.sources import (
    Arg,
    ArgLength,
    ArgPair,
    ArgWhen,
    Const,
    Empty,
    Ret,
    Sockaddr,
    UserBytes,
    UserLong,
    UserNumber,
    UserPath,
    UserString,
    UserTimespec,
)
from agent.schema.types import Event, Param
from agent.schema.types import ParamType as T

USER_MEMORY = """
/* Numbers in user memory: otherwise is what stands in for what cannot be read. */
#define USER_NUMBER(type) \\
	static __always_inline type user_##type(u64 ptr, type otherwise) \\
	{ \\
		type value; \\
\\
		return read_user(&value, sizeof(value), (const void *)ptr) ? otherwise : value; \\
	}
USER_NUMBER(u16)
USER_NUMBER(s16)
USER_NUMBER(u32)
USER_NUMBER(s32)
USER_NUMBER(s64)

/* A member of a structure of longs, which are four bytes wide for 32-bit programs. */
static __always_inline s64 user_long(const struct sys *c, u64 ptr, u32 index, s64 otherwise)
{
	if (c->ia32)
		return user_s32(ptr + 4 * index, otherwise);
	return user_s64(ptr + 8 * index, otherwise);
}"""

C_TYPES: dict[T, str] = {
    T.INT8: "s8",
    T.INT16: "s16",
    T.INT32: "s32",
    T.INT64: "s64",
    T.UINT8: "u8",
    T.UINT16: "u16",
    T.UINT32: "u32",
    T.UINT64: "u64",
    T.ERRNO: "s64",
    T.FD: "s64",
    T.PID: "s64",
    T.SIGTYPE: "u8",
    T.SYSCALLID: "u16",
    T.RELTIME: "u64",
    T.ABSTIME: "u64",
    T.FLAGS8: "u8",
    T.FLAGS16: "u16",
    T.FLAGS32: "u32",
    T.ENUMFLAGS8: "u8",
    T.ENUMFLAGS16: "u16",
    T.ENUMFLAGS32: "u32",
    T.UID: "u32",
    T.GID: "u32",
    T.MODE: "u32",
    T.SIGSET: "u32",
    T.BOOL: "u32",
}
"""C type that a number is stored as."""

# Descriptors and process ids are 32-bit signed arguments that the kernel cuts, whatever the register holds.
_ARG_TYPES = {T.FD: "s32", T.PID: "s32", T.ERRNO: "s32"}


def outputs() -> list[Output]:
    """Return ``fillers.h``."""
    regular = [event for event in EVENTS if event.filled and not event.hand]
    lines = [LICENCE, f"/* {notice('agent/schema/events')} */", USER_MEMORY]
    for event in regular:
        lines += ["", *filler(event)]
    lines += ["", "/* Every body there is, these and those written by hand (calls/): name, event. */"]
    lines += ["#define FOR_EACH_FILLER(X)" + "".join(f" \\\n\tX({e.short}, {e.symbol})" for e in _with_body())]
    return [Output("drivers/shared/generated/fillers.h", "\n".join(lines) + "\n")]


def _with_body() -> list[Event]:
    """Return the recorded events that end a system call. The bodies are shared, so what one driver lacks all lack."""
    return [event for event in EVENTS if event.filled and event.exit and event.symbol not in GAPS["kmod"]]


def filler(event: Event) -> list[str]:
    """Return the body of one regular event."""
    lines = [f"FILLER({event.short}, {event.symbol})", "{"]
    if all(_is_fixed(param) for param in event.params):
        sizes = [_size(param) for param in event.params]
        lines.append(f"\tFIXED_BEGIN(c, {event.symbol}, {len(event.params)}, {sum(sizes)});")
        for index, param in enumerate(event.params):
            offset = sum(sizes[:index])
            lines.append(f"\tFIXED_PARAM({index}, {offset}, {C_TYPES[param.type]}, {number(param)});")
        lines.append("\tFIXED_END(c);")
    else:
        lines.append(f"\tEVENT_BEGIN(c, {event.symbol}, {len(event.params)});")
        for param in event.params:
            lines += [f"\t{line}" for line in _emit(param)]
        lines.append("\tEVENT_END(c);")
    return [*lines, "}"]


def _is_fixed(param: Param) -> bool:
    return isinstance(param.source, Ret | Arg | ArgPair | ArgWhen | UserLong | UserNumber | UserTimespec | Const)


def _size(param: Param) -> int:
    return int(C_TYPES[param.type][1:]) // 8


def number(param: Param) -> str:
    """Return the C expression for a number's value."""
    source = param.source
    if isinstance(source, Ret):
        return "c->ret"
    if isinstance(source, Const):
        return str(source.value)
    if isinstance(source, ArgPair):
        return f"sys_arg(c, {source.high}) << 32 | (u32)sys_arg(c, {source.low})"
    if isinstance(source, ArgWhen):
        test = f"((u32)sys_arg(c, {source.test}) & {source.mask:#x}) == {source.equals}"
        return f"{test} ? ({C_TYPES[param.type]})sys_arg(c, {source.n}) : 0"
    if isinstance(source, UserLong):
        return _when(f"user_long(c, sys_arg(c, {source.n}), {source.index}, {source.otherwise})", source)
    if isinstance(source, UserNumber):
        pointer = f"sys_arg(c, {source.n})" + (f" + {source.offset}" if source.offset else "")
        value = _when(f"user_{source.ctype}({pointer}, {source.otherwise})", source)
        convert = function(CONVERTERS[param.flags.name]) if param.flags else None
        return f"{convert}({value})" if convert else value
    if isinstance(source, UserTimespec):
        pointer = f"sys_arg(c, {source.n})"
        return f"user_long(c, {pointer}, 0, 0) * 1000000000ULL + user_long(c, {pointer}, 1, 0)"
    if not isinstance(source, Arg):
        raise TypeError(f"parameter {param.name} is not a number: {source}")
    argument = f"sys_arg(c, {source.n})"
    name = source.convert or (param.flags.name if param.flags else None)
    convert = function(CONVERTERS[name]) if name else None
    if convert:
        return f"{convert}({argument})"
    ctype = source.ctype or _ARG_TYPES.get(param.type) or C_TYPES[param.type]
    return argument if ctype == "u64" else f"({ctype}){argument}"


def _when(value: str, source: UserLong | UserNumber) -> str:
    """Read user memory only where the call has left or found something there."""
    otherwise = str(source.otherwise)
    if isinstance(source, UserNumber) and source.otherwise:
        otherwise = f"({source.ctype}){source.otherwise}"
    if isinstance(source, UserNumber) and source.at_least:
        argument, minimum = source.at_least
        return f"(u32)sys_arg(c, {argument}) >= {minimum} ? {value} : {otherwise}"
    return f"c->ret >= 0 ? {value} : {otherwise}" if source.on_success else value


def _emit(param: Param) -> list[str]:
    source = param.source
    if _is_fixed(param):
        return [f"emit_{C_TYPES[param.type]}(&ev, {number(param)});"]
    if isinstance(source, UserPath):
        return [f"emit_user_path(&ev, sys_arg(c, {source.n}));"]
    if isinstance(source, UserString):
        call = f"emit_user_str(&ev, sys_arg(c, {source.n}));"
        return ["if (c->ret >= 0)", f"\t{call}", "else", "\temit_empty(&ev);"] if source.on_success else [call]
    if isinstance(source, UserBytes):
        if isinstance(source.length, ArgLength):
            length = f"sys_arg(c, {source.length.n})"
        elif source.length.or_arg is None:
            length = "c->ret"
        else:
            length = f"c->ret > 0 ? c->ret : (s64)sys_arg(c, {source.length.or_arg})"
        return [f"emit_user_bytes(&ev, sys_arg(c, {source.n}), {length});"]
    if isinstance(source, Sockaddr):
        return [f"emit_sockaddr(&ev, sys_arg(c, {source.pointer}), sys_arg(c, {source.length}));"]
    if isinstance(source, Empty):
        return ["emit_empty(&ev);"]
    raise TypeError(f"parameter {param.name} has no source: declare one, or mark the event as hand-written")
