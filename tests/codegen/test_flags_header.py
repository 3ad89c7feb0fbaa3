"""The C converters turn the kernel's numbers into those of events."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.codegen.c_flags import function
from agent.schema.convert import CONVERTERS
from agent.schema.flag_types import Conversion, Native
from agent.schema.flags import TABLES
from tests.codegen.compiler import PRELUDE, run

INCLUDE = f'{PRELUDE}\n#include <linux/types.h>\n#include "flags.h"\n'

# The kernel's own headers: the C library's have other values for some (O_LARGEFILE, F_GETLK64).
KERNEL_HEADERS = (
    "asm/fcntl.h",
    "linux/fcntl.h",
    "linux/sched.h",
    "asm/mman.h",
    "linux/mount.h",
    "linux/ptrace.h",
    "asm/ptrace-abi.h",
    "asm/socket.h",
    "asm/poll.h",
    "linux/stat.h",
    "linux/ipc.h",
    "linux/sem.h",
    "linux/quota.h",
    "linux/dqblk_xfs.h",
    "linux/eventpoll.h",
    "linux/resource.h",
    "linux/memfd.h",
    "linux/openat2.h",
    "linux/io_uring.h",
    "linux/futex.h",
    "linux/keyctl.h",
    "linux/prctl.h",
    "linux/close_range.h",
    "linux/module.h",
    "linux/pidfd.h",
)


def values(expressions: list[str], folder: Path, include: str = INCLUDE, *options: str) -> list[int]:
    prints = "\n".join(f'\tprintf("%u\\n", (u32)({expression}));' for expression in expressions)
    return [int(line) for line in run(f"{include}\nint main(void)\n{{\n{prints}\n}}\n", folder, *options).split()]


@pytest.mark.parametrize("arch", ["x86", "arm64"])
def test_every_flag_alone_becomes_its_value(arch: str, tmp_path: Path) -> None:
    expressions, expected, names = [], [], []
    for converter in CONVERTERS.values():
        for flag in converter.flags:
            native = flag.native
            if isinstance(native, Native):
                native = native.x86 if arch == "x86" else native.arm
            if native is None or converter.conversion is Conversion.IDENTITY:
                continue
            expressions.append(f"{function(converter)}({native:#x}u)")
            value = flag.value & 0xFFFFFFFF
            if flag.name == "O_SYNC":  # the kernel's O_SYNC contains O_DSYNC
                value |= 0x10
            if flag.name == "O_TMPFILE":  # the kernel's O_TMPFILE contains O_DIRECTORY
                value |= 0x400
            if converter.conversion is Conversion.ACCESS_MODE:
                value |= 1
            expected.append(value)
            names.append(f"{converter.name}: {flag.name}")
    target = ["-D__TARGET_ARCH_arm64"] if arch == "arm64" else []
    found = values(expressions, tmp_path, INCLUDE, *target)
    assert dict(zip(names, found, strict=True)) == dict(zip(names, expected, strict=True))
    assert len(names) > 200


def test_open_flags_keep_the_access_mode(tmp_path: Path) -> None:
    include = f"#include <fcntl.h>\n{INCLUDE}"
    cases = {
        "scap_file_flags(O_RDONLY)": "SCAP_O_RDONLY",
        "scap_file_flags(O_WRONLY)": "SCAP_O_WRONLY",
        "scap_file_flags(O_RDWR)": "SCAP_O_RDWR",
        "scap_file_flags(O_WRONLY | O_CREAT | O_TRUNC)": "SCAP_O_WRONLY | SCAP_O_CREAT | SCAP_O_TRUNC",
        "scap_file_flags(O_RDONLY | O_CLOEXEC | O_DIRECTORY)": "SCAP_O_RDONLY | SCAP_O_CLOEXEC | SCAP_O_DIRECTORY",
        "scap_file_flags(O_RDWR | O_APPEND | O_EXCL | O_NONBLOCK)":
            "SCAP_O_RDWR | SCAP_O_APPEND | SCAP_O_EXCL | SCAP_O_NONBLOCK",
        "scap_file_flags(O_RDONLY | O_DIRECTORY) & SCAP_O_TMPFILE": "0",
        "scap_file_flags(O_WRONLY | O_DSYNC) & SCAP_O_SYNC": "0",
        "scap_fd_flags(O_CLOEXEC | O_NONBLOCK)": "SCAP_O_CLOEXEC | SCAP_O_NONBLOCK",
        "scap_fd_flags(0)": "0",
    }  # fmt: skip
    found = values([*cases, *cases.values()], tmp_path, include)
    half = len(cases)
    assert dict(zip(cases, found[:half], strict=True)) == dict(zip(cases, found[half:], strict=True))


def test_flags_of_other_calls(tmp_path: Path) -> None:
    include = (
        "#define _GNU_SOURCE\n#include <sched.h>\n#include <sys/mount.h>\n#include <sys/mman.h>\n"
        f"#include <sys/socket.h>\n#include <fcntl.h>\n{INCLUDE}"
    )
    cases = {
        "scap_clone_flags(CLONE_NEWNS | CLONE_NEWPID)": "SCAP_CLONE_NEWNS | SCAP_CLONE_NEWPID",
        "scap_clone_flags(CLONE_VM | CLONE_FS | CLONE_FILES | 17)":
            "SCAP_CLONE_VM | SCAP_CLONE_FS | SCAP_CLONE_FILES",
        "scap_mount_flags(0xC0ED0000 | MS_BIND | MS_REC)": "SCAP_MS_BIND | SCAP_MS_REC",
        "scap_mount_flags(MS_RDONLY | MS_NOSUID)": "SCAP_MS_RDONLY | SCAP_MS_NOSUID",
        "scap_mmap_flags(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)":
            "SCAP_MAP_PRIVATE | SCAP_MAP_ANONYMOUS | SCAP_MAP_FIXED",
        "scap_fchownat_flags(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)":
            "SCAP_FCHOWNAT_AT_SYMLINK_NOFOLLOW | SCAP_AT_EMPTY_PATH",
        "scap_unlinkat_flags(AT_REMOVEDIR | 1)": "SCAP_AT_REMOVEDIR",
        "scap_shutdown_how(SHUT_RDWR)": "SCAP_SHUT_RDWR",
        "(u8)scap_shutdown_how(77)": "255",
        "scap_rlimit_resources(77)": "SCAP_RLIMIT_UNKNOWN",
        "scap_fcntl_commands(F_DUPFD_CLOEXEC)": "SCAP_F_DUPFD_CLOEXEC",
        "scap_fcntl_commands(77777)": "0",
        "scap_sockopt_options(SO_REUSEADDR)": "SCAP_SO_REUSEADDR",
        "scap_sockopt_levels(6)": "SCAP_SOL_TCP",
        "scap_semctl_commands(0x100 | 16)": "SCAP_SEMCTL_SETVAL",
        "scap_chmod_mode(0104755)": "04755",
        "scap_ptrace_requests(0x4206)": "SCAP_PTRACE_SEIZE",
        "scap_futex_operations(128 | 1)": "SCAP_FUTEX_PRIVATE_FLAG | SCAP_FUTEX_WAKE",
    }  # fmt: skip
    found = values([*cases, *cases.values()], tmp_path, include)
    half = len(cases)
    assert dict(zip(cases, found[:half], strict=True)) == dict(zip(cases, found[half:], strict=True))


def test_kernel_values_are_those_of_the_kernel_s_headers(tmp_path: Path) -> None:
    lines = [f"#if __has_include(<{name}>)\n#include <{name}>\n#endif" for name in KERNEL_HEADERS]
    lines.append("int main(void)\n{")
    for table in TABLES.values():
        for flag in table.entries:
            native = flag.native.x86 if isinstance(flag.native, Native) else flag.native
            if table.conversion is Conversion.IDENTITY:
                native = flag.value
            prefix = {"mount_flags": "MS_", "pf_flags": "-"}.get(table.name, "")
            name = prefix + flag.name
            if native is None or not name.isidentifier():
                continue
            lines.append(f'#ifdef {name}\n\tprintf("{table.name}.{flag.name} %d\\n", (u32)({name}) == {native:#x}u);')
            lines.append("#endif")
    lines.append("}")
    words = [line.split() for line in run(PRELUDE + "\n".join(lines), tmp_path).splitlines()]
    assert [name for name, same in words if same == "0"] == []
    assert len(words) > 200, "too few of the flags are in this machine's kernel headers for the comparison to mean much"
