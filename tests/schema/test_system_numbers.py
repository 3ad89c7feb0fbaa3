"""The schema's native numbers are those of this machine's kernel headers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.schema.syscalls import BY_NAME, IA32_ALIASES, SYSCALLS

FOLDERS = (Path("/usr/include/x86_64-linux-gnu/asm"), Path("/usr/include/asm"))

# Calls that never did anything on x86; the format has no number for them.
NEVER_IMPLEMENTED_64 = {"afs_syscall", "putpmsg", "security", "tuxcall", "vserver"}
NEVER_IMPLEMENTED_32 = {
    "afs_syscall", "break", "ftime", "gtty", "lock", "mpx", "prof", "profil", "putpmsg", "stty", "ulimit",
    "vm86old", "vserver",
}  # fmt: skip
# Removed from kernels before the format gave them an x86-64 number.
REMOVED_64 = {
    "_sysctl", "create_module", "get_kernel_syms", "getpmsg", "nfsservctl", "query_module", "uselib",
}  # fmt: skip


def header(name: str) -> dict[str, int]:
    for folder in FOLDERS:
        path = folder / name
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            return {match[1]: int(match[2]) for match in re.finditer(r"^#define __NR_(\w+) (\d+)$", text, re.M)}
    pytest.skip(f"{name} is in none of {', '.join(map(str, FOLDERS))}: install linux-libc-dev to compare")


def test_x86_64_numbers_are_the_header_s() -> None:
    native = header("unistd_64.h")
    ours = {call.name: call.x86_64 for call in SYSCALLS if call.x86_64 is not None}
    assert {name: ours.get(name) for name in native.keys() - NEVER_IMPLEMENTED_64 - REMOVED_64} == {
        name: number for name, number in native.items() if name not in NEVER_IMPLEMENTED_64 | REMOVED_64
    }


def test_ia32_numbers_are_the_header_s() -> None:
    native = header("unistd_32.h")
    aliases = {number for number, _ in IA32_ALIASES}
    expected = {
        name: number for name, number in native.items() if name not in NEVER_IMPLEMENTED_32 and number not in aliases
    }
    assert {name: BY_NAME[name].ia32 for name in expected} == expected


def test_every_further_ia32_number_belongs_to_a_call_of_a_like_name() -> None:
    native = {number: name for name, number in header("unistd_32.h").items()}
    for number, name in IA32_ALIASES:
        variant = native[number]
        assert variant in {f"{name}32", f"{name}64", f"{name}_time64", f"{name}_64"}
        assert BY_NAME[name].ia32 != number


def test_no_number_is_used_twice() -> None:
    for arch in ("x86_64", "aarch64", "ia32"):
        numbers = [getattr(call, arch) for call in SYSCALLS if getattr(call, arch) is not None]
        if arch == "ia32":
            numbers += [number for number, _ in IA32_ALIASES]
        assert len(numbers) == len(set(numbers)), arch
