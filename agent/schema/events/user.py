"""User and group identities."""

from __future__ import annotations

from agent.schema.events.params import RES
from agent.schema.sources import RET, Arg, UserNumber
from agent.schema.types import EC, EF, Event, Lane, Param
from agent.schema.types import ParamFormat as F
from agent.schema.types import ParamType as T

EVENTS: tuple[Event, ...] = (
    Event(
        193,
        "SYSCALL_SETRESUID_X",
        "setresuid",
        EC.USER | EC.SYSCALL,
        flags=EF.MODIFIES_STATE | EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("ruid", T.UID, F.DEC, source=Arg(0)),
            Param("euid", T.UID, F.DEC, source=Arg(1)),
            Param("suid", T.UID, F.DEC, source=Arg(2)),
        ),
        lane=Lane.CRITICAL,
    ),
    Event(
        195,
        "SYSCALL_SETRESGID_X",
        "setresgid",
        EC.USER | EC.SYSCALL,
        flags=EF.MODIFIES_STATE | EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("rgid", T.GID, F.DEC, source=Arg(0)),
            Param("egid", T.GID, F.DEC, source=Arg(1)),
            Param("sgid", T.GID, F.DEC, source=Arg(2)),
        ),
        lane=Lane.CRITICAL,
    ),
    Event(
        199,
        "SYSCALL_SETUID_X",
        "setuid",
        EC.USER | EC.SYSCALL,
        flags=EF.MODIFIES_STATE | EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("uid", T.UID, F.DEC, source=Arg(0)),
        ),
        lane=Lane.CRITICAL,
    ),
    Event(
        201,
        "SYSCALL_SETGID_X",
        "setgid",
        EC.USER | EC.SYSCALL,
        flags=EF.MODIFIES_STATE | EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("gid", T.GID, F.DEC, source=Arg(0)),
        ),
        lane=Lane.CRITICAL,
    ),
    Event(203, "SYSCALL_GETUID_X", "getuid", EC.USER | EC.SYSCALL, params=(Param("uid", T.UID, F.DEC, source=RET),)),
    Event(205, "SYSCALL_GETEUID_X", "geteuid", EC.USER | EC.SYSCALL, params=(Param("euid", T.UID, F.DEC, source=RET),)),
    Event(207, "SYSCALL_GETGID_X", "getgid", EC.USER | EC.SYSCALL, params=(Param("gid", T.GID, F.DEC, source=RET),)),
    Event(209, "SYSCALL_GETEGID_X", "getegid", EC.USER | EC.SYSCALL, params=(Param("egid", T.GID, F.DEC, source=RET),)),
    Event(
        211,
        "SYSCALL_GETRESUID_X",
        "getresuid",
        EC.USER | EC.SYSCALL,
        params=(
            RES,
            Param("ruid", T.UID, F.DEC, source=UserNumber(0, "u32", otherwise=-1, on_success=True)),
            Param("euid", T.UID, F.DEC, source=UserNumber(1, "u32", otherwise=-1, on_success=True)),
            Param("suid", T.UID, F.DEC, source=UserNumber(2, "u32", otherwise=-1, on_success=True)),
        ),
    ),
    Event(
        213,
        "SYSCALL_GETRESGID_X",
        "getresgid",
        EC.USER | EC.SYSCALL,
        params=(
            RES,
            Param("rgid", T.GID, F.DEC, source=UserNumber(0, "u32", otherwise=-1, on_success=True)),
            Param("egid", T.GID, F.DEC, source=UserNumber(1, "u32", otherwise=-1, on_success=True)),
            Param("sgid", T.GID, F.DEC, source=UserNumber(2, "u32", otherwise=-1, on_success=True)),
        ),
    ),
    Event(
        427,
        "SYSCALL_SETREUID_X",
        "setreuid",
        EC.USER | EC.SYSCALL,
        flags=EF.MODIFIES_STATE,
        params=(
            RES,
            Param("ruid", T.UID, F.DEC, source=Arg(0)),
            Param("euid", T.UID, F.DEC, source=Arg(1)),
        ),
        lane=Lane.CRITICAL,
    ),
    Event(
        429,
        "SYSCALL_SETREGID_X",
        "setregid",
        EC.USER | EC.SYSCALL,
        flags=EF.MODIFIES_STATE,
        params=(
            RES,
            Param("rgid", T.UID, F.DEC, source=Arg(0)),
            Param("egid", T.UID, F.DEC, source=Arg(1)),
        ),
        lane=Lane.CRITICAL,
    ),
)
