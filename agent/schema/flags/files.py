"""Flags of files, folders, mounts and quotas. Order is the order in which names are printed."""

from __future__ import annotations

from agent.schema.flag_types import Conversion, Flag, FlagTable, Native

FILE_FLAGS = FlagTable(
    "file_flags",
    (
        Flag("O_LARGEFILE", 0x800, Native(0x8000, 0x20000)),
        Flag("O_DIRECTORY", 0x400, Native(0x10000, 0x4000)),
        Flag("O_DIRECT", 0x200, Native(0x4000, 0x10000)),
        Flag("O_TRUNC", 0x100, 0x200),
        Flag("O_SYNC", 0x80, 0x101000),
        Flag("O_NONBLOCK", 0x40, 0x800),
        Flag("O_EXCL", 0x20, 0x80),
        Flag("O_DSYNC", 0x10, 0x1000),
        Flag("O_APPEND", 0x8, 0x400),
        Flag("O_CREAT", 0x4, 0x40),
        Flag("O_RDWR", 0x3),
        Flag("O_WRONLY", 0x2),
        Flag("O_RDONLY", 0x1),
        Flag("O_CLOEXEC", 0x1000, 0x80000),
        Flag("O_NONE", 0x0),
        Flag("O_TMPFILE", 0x2000, Native(0x410000, 0x404000)),
        Flag("O_F_CREATED", 0x4000),
        Flag("FD_UPPER_LAYER", 0x8000),
        Flag("FD_LOWER_LAYER", 0x10000),
    ),
    Conversion.ACCESS_MODE,
)

CREAT_FLAGS = FlagTable(
    "creat_flags",
    (
        Flag("FD_UPPER_LAYER_CREAT", 0x1),
        Flag("FD_LOWER_LAYER_CREAT", 0x2),
    ),
    Conversion.NONE,
)

FLOCK_FLAGS = FlagTable(
    "flock_flags",
    (
        Flag("LOCK_SH", 0x1, 0x1),
        Flag("LOCK_EX", 0x2, 0x2),
        Flag("LOCK_NB", 0x4, 0x4),
        Flag("LOCK_UN", 0x8, 0x8),
        Flag("LOCK_NONE", 0x0),
    ),
    Conversion.BITS,
)

ACCESS_FLAGS = FlagTable(
    "access_flags",
    (
        Flag("F_OK", 0x0),
        Flag("R_OK", 0x4, 0x4),
        Flag("W_OK", 0x2, 0x2),
        Flag("X_OK", 0x1, 0x1),
    ),
    Conversion.BITS,
)

LSEEK_WHENCE = FlagTable(
    "lseek_whence",
    (
        Flag("SEEK_END", 2, 2),
        Flag("SEEK_CUR", 1, 1),
        Flag("SEEK_SET", 0, 0),
    ),
    Conversion.ENUM,
)

MOUNT_FLAGS = FlagTable(
    "mount_flags",
    (
        Flag("RDONLY", 1),
        Flag("NOSUID", 2),
        Flag("NODEV", 4),
        Flag("NOEXEC", 8),
        Flag("SYNCHRONOUS", 16),
        Flag("REMOUNT", 32),
        Flag("MANDLOCK", 64),
        Flag("DIRSYNC", 128),
        Flag("NOATIME", 0x400),
        Flag("NODIRATIME", 0x800),
        Flag("BIND", 0x1000),
        Flag("MOVE", 0x2000),
        Flag("REC", 0x4000),
        Flag("SILENT", 0x8000),
        Flag("POSIXACL", 0x10000),
        Flag("UNBINDABLE", 0x20000),
        Flag("PRIVATE", 0x40000),
        Flag("SLAVE", 0x80000),
        Flag("SHARED", 0x100000),
        Flag("RELATIME", 0x200000),
        Flag("KERNMOUNT", 0x400000),
        Flag("I_VERSION", 0x800000),
        Flag("STRICTATIME", 0x1000000),
        Flag("LAZYTIME", 0x2000000),
        Flag("NOSEC", 0x10000000),
        Flag("BORN", 0x20000000),
        Flag("ACTIVE", 0x40000000),
        Flag("NOUSER", 0x80000000),
    ),
    magic=(0xFFFF0000, 0xC0ED0000),
    c_prefix="MS_",
)

UMOUNT_FLAGS = FlagTable(
    "umount_flags",
    (
        Flag("FORCE", 0x1, 0x1),
        Flag("DETACH", 0x2, 0x2),
        Flag("EXPIRE", 0x4, 0x4),
        Flag("NOFOLLOW", 0x8, 0x8),
    ),
    Conversion.BITS,
    c_prefix="MNT_",
)

UNLINKAT_FLAGS = FlagTable(
    "unlinkat_flags",
    (Flag("AT_REMOVEDIR", 0x200, 0x200),),
    Conversion.BITS,
)

LINKAT_FLAGS = FlagTable(
    "linkat_flags",
    (
        Flag("AT_SYMLINK_FOLLOW", 0x400, 0x400),
        Flag("AT_EMPTY_PATH", 0x1000, 0x1000),
    ),
    Conversion.BITS,
)

NEWFSTATAT_FLAGS = FlagTable(
    "newfstatat_flags",
    (
        Flag("AT_EMPTY_PATH", 0x1000, 0x1000),
        Flag("AT_NO_AUTOMOUNT", 0x800, 0x800),
        Flag("AT_SYMLINK_NOFOLLOW", 0x100, 0x100),
    ),
    Conversion.BITS,
)

FCHOWNAT_FLAGS = FlagTable(
    "fchownat_flags",
    (
        Flag("AT_SYMLINK_NOFOLLOW", 0x400, 0x100),
        Flag("AT_EMPTY_PATH", 0x1000, 0x1000),
    ),
    Conversion.BITS,
    c_prefix="FCHOWNAT_",
)

RENAMEAT2_FLAGS = FlagTable(
    "renameat2_flags",
    (
        Flag("RENAME_NOREPLACE", 0x1, 0x1),
        Flag("RENAME_EXCHANGE", 0x2, 0x2),
        Flag("RENAME_WHITEOUT", 0x4, 0x4),
    ),
    Conversion.BITS,
)

OPENAT2_FLAGS = FlagTable(
    "openat2_flags",
    (
        Flag("RESOLVE_BENEATH", 0x1, 0x8),
        Flag("RESOLVE_IN_ROOT", 0x2, 0x10),
        Flag("RESOLVE_NO_MAGICLINKS", 0x4, 0x2),
        Flag("RESOLVE_NO_SYMLINKS", 0x8, 0x4),
        Flag("RESOLVE_NO_XDEV", 0x10, 0x1),
        Flag("RESOLVE_CACHED", 0x20, 0x20),
    ),
    Conversion.BITS,
)

CHMOD_MODE = FlagTable(
    "chmod_mode",
    (
        Flag("S_IXOTH", 0o1),
        Flag("S_IWOTH", 0o2),
        Flag("S_IROTH", 0o4),
        Flag("S_IXGRP", 0o10),
        Flag("S_IWGRP", 0o20),
        Flag("S_IRGRP", 0o40),
        Flag("S_IXUSR", 0o100),
        Flag("S_IWUSR", 0o200),
        Flag("S_IRUSR", 0o400),
        Flag("S_ISVTX", 0o1000),
        Flag("S_ISGID", 0o2000),
        Flag("S_ISUID", 0o4000),
    ),
    mask=0o7777,
)

MKNOD_MODE = FlagTable(
    "mknod_mode",
    (
        Flag("S_IXOTH", 0o1),
        Flag("S_IWOTH", 0o2),
        Flag("S_IROTH", 0o4),
        Flag("S_IXGRP", 0o10),
        Flag("S_IWGRP", 0o20),
        Flag("S_IRGRP", 0o40),
        Flag("S_IXUSR", 0o100),
        Flag("S_IWUSR", 0o200),
        Flag("S_IRUSR", 0o400),
        Flag("S_ISVTX", 0o1000),
        Flag("S_ISGID", 0o2000),
        Flag("S_ISUID", 0o4000),
        Flag("S_IFREG", 0o100000),
        Flag("S_IFCHR", 0o20000),
        Flag("S_IFBLK", 0o60000),
        Flag("S_IFIFO", 0o10000),
        Flag("S_IFSOCK", 0o140000),
    ),
    mask=0o177777,
)

CLOSE_RANGE_FLAGS = FlagTable(
    "close_range_flags",
    (
        Flag("CLOSE_RANGE_UNSHARE", 0x2, 0x2),
        Flag("CLOSE_RANGE_CLOEXEC", 0x4, 0x4),
    ),
    Conversion.BITS,
)

FSCONFIG_CMDS = FlagTable(
    "fsconfig_cmds",
    (
        Flag("FSCONFIG_SET_FLAG", 0),
        Flag("FSCONFIG_SET_STRING", 1),
        Flag("FSCONFIG_SET_BINARY", 2),
        Flag("FSCONFIG_SET_PATH", 3),
        Flag("FSCONFIG_SET_PATH_EMPTY", 4),
        Flag("FSCONFIG_SET_FD", 5),
        Flag("FSCONFIG_CMD_CREATE", 6),
        Flag("FSCONFIG_CMD_RECONFIGURE", 7),
    ),
)

ANON_INODE_FD_TYPES = FlagTable(
    "anon_inode_fd_types",
    (
        Flag("ANON_INODE_FD_TYPE_UNKNOWN", 0x0),
        Flag("ANON_INODE_FD_TYPE_EVENTFD", 0x1),
        Flag("ANON_INODE_FD_TYPE_EVENTPOLL", 0x2),
        Flag("ANON_INODE_FD_TYPE_INOTIFY", 0x3),
        Flag("ANON_INODE_FD_TYPE_SIGNALFD", 0x4),
        Flag("ANON_INODE_FD_TYPE_TIMERFD", 0x5),
        Flag("ANON_INODE_FD_TYPE_IO_URING", 0x6),
        Flag("ANON_INODE_FD_TYPE_USERFAULTFD", 0x7),
        Flag("ANON_INODE_FD_TYPE_PIDFD", 0x8),
        Flag("ANON_INODE_FD_TYPE_BPF_MAP", 0x9),
        Flag("ANON_INODE_FD_TYPE_BPF_PROG", 0xA),
        Flag("ANON_INODE_FD_TYPE_BPF_LINK", 0xB),
        Flag("ANON_INODE_FD_TYPE_BPF_ITER", 0xC),
        Flag("ANON_INODE_FD_TYPE_PERF_EVENT", 0xD),
    ),
    Conversion.NONE,
)

QUOTACTL_DQI_FLAGS = FlagTable(
    "quotactl_dqi_flags",
    (
        Flag("DQF_NONE", 1),
        Flag("V1_DQF_RSQUASH", 2, 1),
    ),
    Conversion.ENUM,
    default=0x1,
)

QUOTACTL_CMDS = FlagTable(
    "quotactl_cmds",
    (
        Flag("Q_QUOTAON", 1, 0x800002),
        Flag("Q_QUOTAOFF", 2, 0x800003),
        Flag("Q_GETFMT", 4, 0x800004),
        Flag("Q_GETINFO", 8, 0x800005),
        Flag("Q_SETINFO", 16, 0x800006),
        Flag("Q_GETQUOTA", 32, 0x800007),
        Flag("Q_SETQUOTA", 64, 0x800008),
        Flag("Q_SYNC", 128, 0x800001),
        Flag("Q_XQUOTAON", 0x100, 0x5801),
        Flag("Q_XQUOTAOFF", 0x200, 0x5802),
        Flag("Q_XGETQUOTA", 0x400, 0x5803),
        Flag("Q_XSETQLIM", 0x800, 0x5804),
        Flag("Q_XGETQSTAT", 0x1000, 0x5805),
        Flag("Q_XQUOTARM", 0x2000, 0x5806),
        Flag("Q_XQUOTASYNC", 0x4000, 0x5807),
    ),
    Conversion.ENUM,
)

QUOTACTL_TYPES = FlagTable(
    "quotactl_types",
    (
        Flag("USRQUOTA", 1, 0),
        Flag("GRPQUOTA", 2, 1),
    ),
    Conversion.ENUM,
)

QUOTACTL_QUOTA_FMTS = FlagTable(
    "quotactl_quota_fmts",
    (
        Flag("QFMT_NOT_USED", 1),
        Flag("QFMT_VFS_OLD", 2, 1),
        Flag("QFMT_VFS_V0", 4, 2),
        Flag("QFMT_VFS_V1", 8, 4),
    ),
    Conversion.ENUM,
    default=0x1,
)
