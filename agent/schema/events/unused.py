"""Codes that exist in numbering only: the other half of events that come alone."""

from __future__ import annotations

from agent.schema.types import EC, EF, Event, Param, Status
from agent.schema.types import ParamFormat as F
from agent.schema.types import ParamType as T


def _unused(code: int, symbol: str, params: tuple[Param, ...] = ()) -> Event:
    return Event(code, symbol, "NA", EC.UNKNOWN, EF.UNUSED, params, Status.UNUSED)


EVENTS: tuple[Event, ...] = (
    _unused(17, "PROCEXIT_X"),
    _unused(147, "SCHEDSWITCH_1_X"),
    _unused(153, "SCHEDSWITCH_6_X"),
    _unused(187, "PROCEXIT_1_X"),
    _unused(197, "SCAPEVENT_X"),
    _unused(229, "CONTAINER_X"),
    _unused(233, "SIGNALDELIVER_X"),
    _unused(235, "PROCINFO_X"),
    _unused(245, "CPU_HOTPLUG_X"),
    _unused(261, "K8S_X"),
    _unused(
        269,
        "TRACER_X",
        (
            Param("id", T.INT64, F.DEC),
            Param("tags", T.CHARBUFARRAY),
            Param("args", T.CHARBUF_PAIR_ARRAY),
        ),
    ),
    _unused(271, "MESOS_X"),
    _unused(273, "CONTAINER_JSON_X"),
    _unused(281, "NOTIFICATION_X"),
    _unused(287, "INFRASTRUCTURE_EVENT_X"),
    _unused(291, "PAGE_FAULT_X"),
    _unused(323, "PLUGINEVENT_X"),
    _unused(325, "CONTAINER_JSON_2_X"),
    _unused(355, "USER_ADDED_X"),
    _unused(357, "USER_DELETED_X"),
    _unused(359, "GROUP_ADDED_X"),
    _unused(361, "GROUP_DELETED_X"),
    _unused(403, "ASYNCEVENT_X"),
    _unused(431, "ITER_TASK_X"),
    _unused(433, "ITER_TASK_FILE_PIPE_X"),
    _unused(435, "ITER_TASK_FILE_MEMFD_X"),
    _unused(437, "ITER_TASK_FILE_REGULAR_X"),
    _unused(439, "ITER_TASK_FILE_DIRECTORY_X"),
    _unused(441, "ITER_TASK_FILE_SOCKET_INET_X"),
    _unused(443, "ITER_TASK_FILE_SOCKET_INET6_X"),
    _unused(445, "ITER_TASK_FILE_SOCKET_UNIX_X"),
    _unused(447, "ITER_TASK_FILE_SOCKET_NETLINK_X"),
    _unused(449, "ITER_TASK_FILE_ANON_INODE_X"),
    _unused(450, "SYSCALL_CLOSE_RANGE_E"),
    _unused(452, "SYSCALL_KEYCTL_E"),
)
