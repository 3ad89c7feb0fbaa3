"""Events that are not system calls: scheduler, faults, plugins, users, notifications."""

from __future__ import annotations

from agent.schema import flags
from agent.schema.types import EC, EF, Event, Param
from agent.schema.types import ParamFormat as F
from agent.schema.types import ParamType as T

EVENTS: tuple[Event, ...] = (
    Event(
        148,
        "DROP_E",
        "drop",
        EC.INTERNAL | EC.METAEVENT,
        flags=EF.SKIPPARSERESET,
        params=(Param("ratio", T.UINT32, F.DEC),),
    ),
    Event(
        149,
        "DROP_X",
        "drop",
        EC.INTERNAL | EC.METAEVENT,
        flags=EF.SKIPPARSERESET,
        params=(Param("ratio", T.UINT32, F.DEC),),
    ),
    Event(
        152,
        "SCHEDSWITCH_6_E",
        "switch",
        EC.SCHEDULER | EC.TRACEPOINT,
        params=(
            Param("next", T.PID, F.DEC),
            Param("pgft_maj", T.UINT64, F.DEC),
            Param("pgft_min", T.UINT64, F.DEC),
            Param("vm_size", T.UINT32, F.DEC),
            Param("vm_rss", T.UINT32, F.DEC),
            Param("vm_swap", T.UINT32, F.DEC),
        ),
    ),
    Event(
        196,
        "SCAPEVENT_E",
        "scapevent",
        EC.INTERNAL | EC.METAEVENT,
        flags=EF.SKIPPARSERESET,
        params=(
            Param("event_type", T.UINT32, F.DEC),
            Param("event_data", T.UINT64, F.DEC),
        ),
    ),
    Event(
        234,
        "PROCINFO_E",
        "procinfo",
        EC.INTERNAL | EC.METAEVENT,
        flags=EF.SKIPPARSERESET,
        params=(
            Param("cpu_usr", T.UINT64, F.DEC),
            Param("cpu_sys", T.UINT64, F.DEC),
        ),
    ),
    Event(
        244,
        "CPU_HOTPLUG_E",
        "cpu_hotplug",
        EC.SYSTEM | EC.METAEVENT,
        flags=EF.MODIFIES_STATE | EF.SKIPPARSERESET,
        params=(
            Param("cpu", T.UINT32, F.DEC),
            Param("action", T.UINT32, F.DEC),
        ),
    ),
    Event(
        280,
        "NOTIFICATION_E",
        "notification",
        EC.OTHER | EC.METAEVENT,
        flags=EF.SKIPPARSERESET,
        params=(
            Param("id", T.CHARBUF, F.DEC),
            Param("desc", T.CHARBUF),
        ),
    ),
    Event(
        286,
        "INFRASTRUCTURE_EVENT_E",
        "infra",
        EC.INTERNAL | EC.METAEVENT,
        flags=EF.SKIPPARSERESET,
        params=(
            Param("source", T.CHARBUF, F.DEC),
            Param("name", T.CHARBUF),
            Param("description", T.CHARBUF),
            Param("scope", T.CHARBUF),
        ),
    ),
    Event(
        290,
        "PAGE_FAULT_E",
        "page_fault",
        EC.OTHER | EC.TRACEPOINT,
        flags=EF.SKIPPARSERESET,
        params=(
            Param("addr", T.UINT64, F.HEX),
            Param("ip", T.UINT64, F.HEX),
            Param("error", T.FLAGS32, F.HEX, flags=flags.PF_FLAGS),
        ),
    ),
    Event(
        322,
        "PLUGINEVENT_E",
        "pluginevent",
        EC.OTHER | EC.PLUGIN,
        flags=EF.LARGE_PAYLOAD,
        params=(
            Param("plugin_id", T.UINT32, F.DEC),
            Param("event_data", T.BYTEBUF),
        ),
    ),
    Event(
        324,
        "CONTAINER_JSON_2_E",
        "container",
        EC.PROCESS | EC.METAEVENT,
        flags=EF.MODIFIES_STATE | EF.LARGE_PAYLOAD,
        params=(Param("json", T.CHARBUF),),
    ),
    Event(
        354,
        "USER_ADDED_E",
        "useradded",
        EC.PROCESS | EC.METAEVENT,
        flags=EF.MODIFIES_STATE,
        params=(
            Param("uid", T.UINT32, F.DEC),
            Param("gid", T.UINT32, F.DEC),
            Param("name", T.CHARBUF),
            Param("home", T.CHARBUF),
            Param("shell", T.CHARBUF),
            Param("container_id", T.CHARBUF),
        ),
    ),
    Event(
        356,
        "USER_DELETED_E",
        "userdeleted",
        EC.PROCESS | EC.METAEVENT,
        flags=EF.MODIFIES_STATE,
        params=(
            Param("uid", T.UINT32, F.DEC),
            Param("gid", T.UINT32, F.DEC),
            Param("name", T.CHARBUF),
            Param("home", T.CHARBUF),
            Param("shell", T.CHARBUF),
            Param("container_id", T.CHARBUF),
        ),
    ),
    Event(
        358,
        "GROUP_ADDED_E",
        "groupadded",
        EC.PROCESS | EC.METAEVENT,
        flags=EF.MODIFIES_STATE,
        params=(
            Param("gid", T.UINT32, F.DEC),
            Param("name", T.CHARBUF),
            Param("container_id", T.CHARBUF),
        ),
    ),
    Event(
        360,
        "GROUP_DELETED_E",
        "groupdeleted",
        EC.PROCESS | EC.METAEVENT,
        flags=EF.MODIFIES_STATE,
        params=(
            Param("gid", T.UINT32, F.DEC),
            Param("name", T.CHARBUF),
            Param("container_id", T.CHARBUF),
        ),
    ),
    Event(
        402,
        "ASYNCEVENT_E",
        "asyncevent",
        EC.OTHER | EC.METAEVENT,
        flags=EF.LARGE_PAYLOAD,
        params=(
            Param("plugin_id", T.UINT32, F.DEC),
            Param("name", T.CHARBUF),
            Param("data", T.BYTEBUF),
        ),
    ),
)
