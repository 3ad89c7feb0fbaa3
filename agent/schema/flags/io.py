"""Commands and flags of descriptors, polling and io_uring. Order is the order in which names are printed."""

from __future__ import annotations

from agent.schema.flag_types import Conversion, Flag, FlagTable

FCNTL_COMMANDS = FlagTable(
    "fcntl_commands",
    (
        Flag("F_GETPIPE_SZ", 29, 1032),
        Flag("F_SETPIPE_SZ", 28, 1031),
        Flag("F_NOTIFY", 27, 1026),
        Flag("F_DUPFD_CLOEXEC", 26, 1030),
        Flag("F_CANCELLK", 25, 1029),
        Flag("F_GETLEASE", 24, 1025),
        Flag("F_SETLEASE", 23, 1024),
        Flag("F_GETOWN_EX", 22, 16),
        Flag("F_SETOWN_EX", 21, 15),
        Flag("F_SETLKW64", 19, 14),
        Flag("F_SETLK64", 18, 13),
        Flag("F_GETLK64", 17, 12),
        Flag("F_GETSIG", 15, 11),
        Flag("F_SETSIG", 13, 10),
        Flag("F_GETOWN", 12, 9),
        Flag("F_SETOWN", 10, 8),
        Flag("F_SETLKW", 9, 7),
        Flag("F_SETLK", 8, 6),
        Flag("F_GETLK", 6, 5),
        Flag("F_SETFL", 5, 4),
        Flag("F_GETFL", 4, 3),
        Flag("F_SETFD", 3, 2),
        Flag("F_GETFD", 2, 1),
        Flag("F_DUPFD", 1, 0),
        Flag("F_OFD_GETLK", 30, 36),
        Flag("F_OFD_SETLK", 31, 37),
        Flag("F_OFD_SETLKW", 32, 38),
        Flag("UNKNOWN", 0),
    ),
    Conversion.ENUM,
)

POLL_FLAGS = FlagTable(
    "poll_flags",
    (
        Flag("POLLIN", 0x1, 0x1),
        Flag("POLLPRI", 0x2, 0x2),
        Flag("POLLOUT", 0x4, 0x4),
        Flag("POLLRDHUP", 0x8, 0x2000),
        Flag("POLLERR", 0x10, 0x8),
        Flag("POLLHUP", 0x20, 0x10),
        Flag("POLLNVAL", 0x40, 0x20),
        Flag("POLLRDNORM", 0x80, 0x40),
        Flag("POLLRDBAND", 0x100, 0x80),
        Flag("POLLWRNORM", 0x200, 0x100),
        Flag("POLLWRBAND", 0x400, 0x200),
    ),
    Conversion.BITS,
)

SPLICE_FLAGS = FlagTable(
    "splice_flags",
    (
        Flag("SPLICE_F_MOVE", 0x1, 0x1),
        Flag("SPLICE_F_NONBLOCK", 0x2, 0x2),
        Flag("SPLICE_F_MORE", 0x4, 0x4),
        Flag("SPLICE_F_GIFT", 0x8, 0x8),
    ),
    Conversion.BITS,
)

EPOLL_CREATE1_FLAGS = FlagTable(
    "epoll_create1_flags",
    (Flag("EPOLL_CLOEXEC", 0x1, 0x80000),),
    Conversion.BITS,
)

IO_URING_SETUP_FLAGS = FlagTable(
    "io_uring_setup_flags",
    (
        Flag("IORING_SETUP_IOPOLL", 0x1, 0x1),
        Flag("IORING_SETUP_SQPOLL", 0x2, 0x2),
        Flag("IORING_SQ_NEED_WAKEUP", 0x4),
        Flag("IORING_SETUP_SQ_AFF", 0x8, 0x4),
        Flag("IORING_SETUP_CQSIZE", 0x10, 0x8),
        Flag("IORING_SETUP_CLAMP", 0x20, 0x10),
        Flag("IORING_SETUP_ATTACH_RW", 0x40, 0x20),
        Flag("IORING_SETUP_R_DISABLED", 0x80, 0x40),
    ),
    Conversion.BITS,
)

IO_URING_SETUP_FEATS = FlagTable(
    "io_uring_setup_feats",
    (
        Flag("IORING_FEAT_SINGLE_MMAP", 0x1, 0x1),
        Flag("IORING_FEAT_NODROP", 0x2, 0x2),
        Flag("IORING_FEAT_SUBMIT_STABLE", 0x4, 0x4),
        Flag("IORING_FEAT_RW_CUR_POS", 0x8, 0x8),
        Flag("IORING_FEAT_CUR_PERSONALITY", 0x10, 0x10),
        Flag("IORING_FEAT_FAST_POLL", 0x20, 0x20),
        Flag("IORING_FEAT_POLL_32BITS", 0x40, 0x40),
        Flag("IORING_FEAT_SQPOLL_NONFIXED", 0x80, 0x80),
        Flag("IORING_FEAT_ENTER_EXT_ARG", 0x100, 0x100),
        Flag("IORING_FEAT_NATIVE_WORKERS", 0x200, 0x200),
        Flag("IORING_FEAT_RSRC_TAGS", 0x400, 0x400),
    ),
    Conversion.BITS,
)

IO_URING_ENTER_FLAGS = FlagTable(
    "io_uring_enter_flags",
    (
        Flag("IORING_ENTER_GETEVENTS", 0x1, 0x1),
        Flag("IORING_ENTER_SQ_WAKEUP", 0x2, 0x2),
        Flag("IORING_ENTER_SQ_WAIT", 0x4, 0x4),
        Flag("IORING_ENTER_EXT_ARG", 0x8, 0x8),
    ),
    Conversion.BITS,
)

IO_URING_REGISTER_OPCODES = FlagTable(
    "io_uring_register_opcodes",
    (
        Flag("IORING_REGISTER_BUFFERS", 0),
        Flag("IORING_UNREGISTER_BUFFERS", 1),
        Flag("IORING_REGISTER_FILES", 2),
        Flag("IORING_UNREGISTER_FILES", 3),
        Flag("IORING_REGISTER_EVENTFD", 4),
        Flag("IORING_UNREGISTER_EVENTFD", 5),
        Flag("IORING_REGISTER_FILES_UPDATE", 6),
        Flag("IORING_REGISTER_EVENTFD_ASYNC", 7),
        Flag("IORING_REGISTER_PROBE", 8),
        Flag("IORING_REGISTER_PERSONALITY", 9),
        Flag("IORING_UNREGISTER_PERSONALITY", 10),
        Flag("IORING_REGISTER_RESTRICTIONS", 11),
        Flag("IORING_REGISTER_ENABLE_RINGS", 12),
        Flag("IORING_REGISTER_FILES2", 13),
        Flag("IORING_REGISTER_FILES_UPDATE2", 14),
        Flag("IORING_REGISTER_BUFFERS2", 15),
        Flag("IORING_REGISTER_BUFFERS_UPDATE", 16),
        Flag("IORING_REGISTER_IOWQ_AFF", 17),
        Flag("IORING_UNREGISTER_IOWQ_AFF", 18),
        Flag("IORING_REGISTER_IOWQ_MAX_WORKERS", 19),
        Flag("IORING_REGISTER_RING_FDS", 20),
        Flag("IORING_UNREGISTER_RING_FDS", 21),
    ),
)
