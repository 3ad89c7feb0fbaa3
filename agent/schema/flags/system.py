"""Commands of BPF, keys and kernel modules. Order is the order in which names are printed."""

from __future__ import annotations

from agent.schema.flag_types import Conversion, Flag, FlagTable

BPF_COMMANDS = FlagTable(
    "bpf_commands",
    (
        Flag("BPF_MAP_CREATE", 0),
        Flag("BPF_MAP_LOOKUP_ELEM", 1),
        Flag("BPF_MAP_UPDATE_ELEM", 2),
        Flag("BPF_MAP_DELETE_ELEM", 3),
        Flag("BPF_MAP_GET_NEXT_KEY", 4),
        Flag("BPF_PROG_LOAD", 5),
        Flag("BPF_OBJ_PIN", 6),
        Flag("BPF_OBJ_GET", 7),
        Flag("BPF_PROG_ATTACH", 8),
        Flag("BPF_PROG_DETACH", 9),
        Flag("BPF_PROG_TEST_RUN", 10),
        Flag("BPF_PROG_RUN", 10),
        Flag("BPF_PROG_GET_NEXT_ID", 11),
        Flag("BPF_MAP_GET_NEXT_ID", 12),
        Flag("BPF_PROG_GET_FD_BY_ID", 13),
        Flag("BPF_MAP_GET_FD_BY_ID", 14),
        Flag("BPF_OBJ_GET_INFO_BY_FD", 15),
        Flag("BPF_PROG_QUERY", 16),
        Flag("BPF_RAW_TRACEPOINT_OPEN", 17),
        Flag("BPF_BTF_LOAD", 18),
        Flag("BPF_BTF_GET_FD_BY_ID", 19),
        Flag("BPF_TASK_FD_QUERY", 20),
        Flag("BPF_MAP_LOOKUP_AND_DELETE_ELEM", 21),
        Flag("BPF_MAP_FREEZE", 22),
        Flag("BPF_BTF_GET_NEXT_ID", 23),
        Flag("BPF_MAP_LOOKUP_BATCH", 24),
        Flag("BPF_MAP_LOOKUP_AND_DELETE_BATCH", 25),
        Flag("BPF_MAP_UPDATE_BATCH", 26),
        Flag("BPF_MAP_DELETE_BATCH", 27),
        Flag("BPF_LINK_CREATE", 28),
        Flag("BPF_LINK_UPDATE", 29),
        Flag("BPF_LINK_GET_FD_BY_ID", 30),
        Flag("BPF_LINK_GET_NEXT_ID", 31),
        Flag("BPF_ENABLE_STATS", 32),
        Flag("BPF_ITER_CREATE", 33),
        Flag("BPF_LINK_DETACH", 34),
        Flag("BPF_PROG_BIND_MAP", 35),
    ),
)

KEYCTL_OPERATIONS = FlagTable(
    "keyctl_operations",
    (
        Flag("KEYCTL_GET_KEYRING_ID", 0),
        Flag("KEYCTL_JOIN_SESSION_KEYRING", 1),
        Flag("KEYCTL_UPDATE", 2),
        Flag("KEYCTL_REVOKE", 3),
        Flag("KEYCTL_CHOWN", 4),
        Flag("KEYCTL_SETPERM", 5),
        Flag("KEYCTL_DESCRIBE", 6),
        Flag("KEYCTL_CLEAR", 7),
        Flag("KEYCTL_LINK", 8),
        Flag("KEYCTL_UNLINK", 9),
        Flag("KEYCTL_SEARCH", 10),
        Flag("KEYCTL_READ", 11),
        Flag("KEYCTL_INSTANTIATE", 12),
        Flag("KEYCTL_NEGATE", 13),
        Flag("KEYCTL_SET_REQKEY_KEYRING", 14),
        Flag("KEYCTL_SET_TIMEOUT", 15),
        Flag("KEYCTL_ASSUME_AUTHORITY", 16),
        Flag("KEYCTL_GET_SECURITY", 17),
        Flag("KEYCTL_SESSION_TO_PARENT", 18),
        Flag("KEYCTL_REJECT", 19),
        Flag("KEYCTL_INSTANTIATE_IOV", 20),
        Flag("KEYCTL_INVALIDATE", 21),
        Flag("KEYCTL_GET_PERSISTENT", 22),
        Flag("KEYCTL_DH_COMPUTE", 23),
        Flag("KEYCTL_PKEY_QUERY", 24),
        Flag("KEYCTL_PKEY_ENCRYPT", 25),
        Flag("KEYCTL_PKEY_DECRYPT", 26),
        Flag("KEYCTL_PKEY_SIGN", 27),
        Flag("KEYCTL_PKEY_VERIFY", 28),
        Flag("KEYCTL_RESTRICT_KEYRING", 29),
        Flag("KEYCTL_MOVE", 30),
        Flag("KEYCTL_CAPABILITIES", 31),
        Flag("KEYCTL_WATCH_KEY", 32),
    ),
)

DELETE_MODULE_FLAGS = FlagTable(
    "delete_module_flags",
    (
        Flag("O_NONBLOCK", 0x2, 0x800),
        Flag("O_TRUNC", 0x1, 0x200),
    ),
    Conversion.BITS,
    c_prefix="DELETE_MODULE_",
)

FINIT_MODULE_FLAGS = FlagTable(
    "finit_module_flags",
    (
        Flag("MODULE_INIT_IGNORE_MODVERSIONS", 0x1, 0x1),
        Flag("MODULE_INIT_IGNORE_VERMAGIC", 0x2, 0x2),
        Flag("MODULE_INIT_COMPRESSED_FILE", 0x4, 0x4),
    ),
    Conversion.BITS,
)
