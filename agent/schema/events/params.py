"""Parameters and dynamic types that several events share."""

from __future__ import annotations

from agent.schema.sources import RET
from agent.schema.types import DynVariant, Param
from agent.schema.types import ParamFormat as F
from agent.schema.types import ParamType as T

RES = Param("res", T.ERRNO, F.DEC, source=RET)
"""The return value of a regular call: zero or more, or a negative errno."""

SOCKOPT_VALUE = (
    DynVariant(T.BYTEBUF, F.NA),
    DynVariant(T.ERRNO, F.DEC),
    DynVariant(T.UINT32, F.DEC),
    DynVariant(T.UINT64, F.DEC),
    DynVariant(T.RELTIME, F.DEC),
)
PTRACE_VALUE = (DynVariant(T.UINT64, F.HEX), DynVariant(T.SIGTYPE, F.DEC))
BPF_RESULT = (DynVariant(T.FD, F.DEC), DynVariant(T.ERRNO, F.DEC))
KEYCTL_VALUE = (DynVariant(T.INT64, F.DEC), DynVariant(T.CHARBUF, F.NA))
