"""Memory mappings and memory-backed files."""

from __future__ import annotations

from agent.schema import flags
from agent.schema.events.params import RES
from agent.schema.sources import RET, Arg, UserString
from agent.schema.types import EC, EF, Event, Param
from agent.schema.types import ParamFormat as F
from agent.schema.types import ParamType as T

EVENTS: tuple[Event, ...] = (
    Event(
        159,
        "SYSCALL_BRK_4_X",
        "brk",
        EC.MEMORY | EC.SYSCALL,
        flags=EF.CONVERTER_MANAGED,
        params=(
            Param("res", T.UINT64, F.HEX),
            Param("vm_size", T.UINT32, F.DEC),
            Param("vm_rss", T.UINT32, F.DEC),
            Param("vm_swap", T.UINT32, F.DEC),
            Param("addr", T.UINT64, F.HEX),
        ),
        hand=True,
    ),
    Event(
        161,
        "SYSCALL_MMAP_X",
        "mmap",
        EC.MEMORY | EC.SYSCALL,
        flags=EF.USES_FD | EF.CONVERTER_MANAGED,
        params=(
            Param("res", T.ERRNO, F.HEX),
            Param("vm_size", T.UINT32, F.DEC),
            Param("vm_rss", T.UINT32, F.DEC),
            Param("vm_swap", T.UINT32, F.DEC),
            Param("addr", T.UINT64, F.HEX),
            Param("length", T.UINT64, F.DEC),
            Param("prot", T.FLAGS32, F.HEX, flags=flags.PROT_FLAGS),
            Param("flags", T.FLAGS32, F.HEX, flags=flags.MMAP_FLAGS),
            Param("fd", T.FD, F.DEC),
            Param("offset", T.UINT64, F.DEC),
        ),
        hand=True,
    ),
    Event(
        163,
        "SYSCALL_MMAP2_X",
        "mmap2",
        EC.MEMORY | EC.SYSCALL,
        flags=EF.USES_FD | EF.CONVERTER_MANAGED,
        params=(
            Param("res", T.ERRNO, F.HEX),
            Param("vm_size", T.UINT32, F.DEC),
            Param("vm_rss", T.UINT32, F.DEC),
            Param("vm_swap", T.UINT32, F.DEC),
            Param("addr", T.UINT64, F.HEX),
            Param("length", T.UINT64, F.DEC),
            Param("prot", T.FLAGS32, F.HEX, flags=flags.PROT_FLAGS),
            Param("flags", T.FLAGS32, F.HEX, flags=flags.MMAP_FLAGS),
            Param("fd", T.FD, F.DEC),
            Param("pgoffset", T.UINT64, F.DEC),
        ),
        hand=True,
    ),
    Event(
        165,
        "SYSCALL_MUNMAP_X",
        "munmap",
        EC.MEMORY | EC.SYSCALL,
        flags=EF.CONVERTER_MANAGED,
        params=(
            Param("res", T.ERRNO, F.DEC),
            Param("vm_size", T.UINT32, F.DEC),
            Param("vm_rss", T.UINT32, F.DEC),
            Param("vm_swap", T.UINT32, F.DEC),
            Param("addr", T.UINT64, F.HEX),
            Param("length", T.UINT64, F.DEC),
        ),
        hand=True,
    ),
    Event(
        321,
        "SYSCALL_USERFAULTFD_X",
        "userfaultfd",
        EC.FILE | EC.SYSCALL,
        flags=EF.CREATES_FD | EF.MODIFIES_STATE,
        params=(
            RES,
            Param("flags", T.FLAGS32, F.HEX, flags=flags.FILE_FLAGS, source=Arg(0, convert="file_flags")),
        ),
    ),
    Event(
        329,
        "SYSCALL_MPROTECT_X",
        "mprotect",
        EC.MEMORY | EC.SYSCALL,
        flags=EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("addr", T.UINT64, F.HEX, source=Arg(0)),
            Param("length", T.UINT64, F.DEC, source=Arg(1)),
            Param("prot", T.FLAGS32, F.HEX, flags=flags.PROT_FLAGS, source=Arg(2)),
        ),
    ),
    Event(
        345,
        "SYSCALL_MLOCK_X",
        "mlock",
        EC.MEMORY | EC.SYSCALL,
        params=(
            RES,
            Param("addr", T.UINT64, F.HEX, source=Arg(0)),
            Param("len", T.UINT64, F.DEC, source=Arg(1)),
        ),
    ),
    Event(
        347,
        "SYSCALL_MUNLOCK_X",
        "munlock",
        EC.MEMORY | EC.SYSCALL,
        params=(
            RES,
            Param("addr", T.UINT64, F.HEX, source=Arg(0)),
            Param("len", T.UINT64, F.DEC, source=Arg(1)),
        ),
    ),
    Event(
        349,
        "SYSCALL_MLOCKALL_X",
        "mlockall",
        EC.MEMORY | EC.SYSCALL,
        params=(
            RES,
            Param("flags", T.FLAGS32, F.HEX, flags=flags.MLOCKALL_FLAGS, source=Arg(0)),
        ),
    ),
    Event(351, "SYSCALL_MUNLOCKALL_X", "munlockall", EC.MEMORY | EC.SYSCALL, params=(RES,)),
    Event(
        371,
        "SYSCALL_MLOCK2_X",
        "mlock2",
        EC.MEMORY | EC.SYSCALL,
        params=(
            RES,
            Param("addr", T.UINT64, F.HEX, source=Arg(0)),
            Param("len", T.UINT64, F.DEC, source=Arg(1)),
            Param("flags", T.FLAGS32, F.HEX, flags=flags.MLOCK2_FLAGS, source=Arg(2)),
        ),
    ),
    Event(
        405,
        "SYSCALL_MEMFD_CREATE_X",
        "memfd_create",
        EC.MEMORY | EC.SYSCALL,
        flags=EF.CREATES_FD | EF.MODIFIES_STATE,
        params=(
            Param("fd", T.FD, F.DEC, source=RET),
            Param("name", T.CHARBUF, source=UserString(0)),
            Param("flags", T.FLAGS32, F.HEX, flags=flags.MEMFD_CREATE_FLAGS, source=Arg(1)),
        ),
    ),
)
