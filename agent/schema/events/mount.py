"""Mounts and quotas."""

from __future__ import annotations

from agent.schema import flags
from agent.schema.events.params import RES
from agent.schema.sources import Arg, UserPath, UserString
from agent.schema.types import EC, EF, Event, Loss, Param
from agent.schema.types import ParamFormat as F
from agent.schema.types import ParamType as T

EVENTS: tuple[Event, ...] = (
    Event(
        191,
        "SYSCALL_QUOTACTL_X",
        "quotactl",
        EC.USER | EC.SYSCALL,
        flags=EF.CONVERTER_MANAGED,
        params=(
            Param("res", T.ERRNO, F.DEC),
            Param("special", T.CHARBUF),
            Param("quotafilepath", T.CHARBUF),
            Param("dqb_bhardlimit", T.UINT64, F.DEC),
            Param("dqb_bsoftlimit", T.UINT64, F.DEC),
            Param("dqb_curspace", T.UINT64, F.DEC),
            Param("dqb_ihardlimit", T.UINT64, F.DEC),
            Param("dqb_isoftlimit", T.UINT64, F.DEC),
            Param("dqb_btime", T.RELTIME, F.DEC),
            Param("dqb_itime", T.RELTIME, F.DEC),
            Param("dqi_bgrace", T.RELTIME, F.DEC),
            Param("dqi_igrace", T.RELTIME, F.DEC),
            Param("dqi_flags", T.FLAGS8, F.DEC, flags=flags.QUOTACTL_DQI_FLAGS),
            Param("quota_fmt_out", T.FLAGS8, F.DEC, flags=flags.QUOTACTL_QUOTA_FMTS),
            Param("cmd", T.FLAGS16, F.DEC, flags=flags.QUOTACTL_CMDS),
            Param("type", T.FLAGS8, F.DEC, flags=flags.QUOTACTL_TYPES),
            Param("id", T.UINT32, F.DEC),
            Param("quota_fmt", T.FLAGS8, F.DEC, flags=flags.QUOTACTL_QUOTA_FMTS),
        ),
        hand=True,
    ),
    Event(
        257,
        "SYSCALL_MOUNT_X",
        "mount",
        EC.FILE | EC.SYSCALL,
        flags=EF.MODIFIES_STATE | EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("dev", T.CHARBUF, source=UserString(0)),
            Param("dir", T.FSPATH, source=UserPath(1)),
            Param("type", T.CHARBUF, source=UserString(2)),
            Param("flags", T.FLAGS32, F.HEX, flags=flags.MOUNT_FLAGS, source=Arg(3)),
        ),
        loss=Loss.DIR_FILE,
    ),
    Event(
        373,
        "SYSCALL_FSCONFIG_X",
        "fsconfig",
        EC.SYSTEM | EC.SYSCALL,
        flags=EF.USES_FD,
        params=(
            Param("res", T.ERRNO, F.DEC),
            Param("fd", T.FD, F.DEC),
            Param("cmd", T.ENUMFLAGS32, F.DEC, flags=flags.FSCONFIG_CMDS),
            Param("key", T.CHARBUF),
            Param("value_bytebuf", T.BYTEBUF),
            Param("value_charbuf", T.CHARBUF),
            Param("aux", T.INT32, F.DEC),
        ),
        hand=True,
    ),
    Event(
        387,
        "SYSCALL_UMOUNT_1_X",
        "umount",
        EC.FILE | EC.SYSCALL,
        flags=EF.MODIFIES_STATE,
        params=(
            RES,
            Param("name", T.FSPATH, source=UserPath(0)),
        ),
        loss=Loss.DIR_FILE,
    ),
    Event(
        391,
        "SYSCALL_UMOUNT2_X",
        "umount2",
        EC.FILE | EC.SYSCALL,
        flags=EF.MODIFIES_STATE | EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("name", T.FSPATH, source=UserPath(0)),
            Param("flags", T.FLAGS32, F.HEX, flags=flags.UMOUNT_FLAGS, source=Arg(1)),
        ),
        loss=Loss.DIR_FILE,
    ),
)
