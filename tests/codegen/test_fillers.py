"""The generated programs, run as plain C: each parameter is in its place, of its size, from its argument."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.codegen.c_fillers import C_TYPES
from agent.schema.events import BY_SYMBOL, EVENTS
from tests.codegen.compiler import FILLERS, PRELUDE, run

# The primitives of drivers/shared/emit.h, writing text instead of ring records.
STUBS = f"""
{PRELUDE}
#include <linux/types.h>
#include "events.h"
#include "flags.h"
struct sys {{ s64 ret; u64 args[6]; bool ia32; }};
struct event {{ int n; }};
static u64 sys_arg(const struct sys *c, const int n) {{ return c->args[n]; }}
static s64 longs[] = {{ 7, 9 }};
static s32 words[] = {{ 7, -1 }};
static u16 operations[] = {{ 1, 0xffff, 0x800, 2, 3, 0x1000 }};
static int read_user(void *to, u32 size, const void *from)
{{ if ((u64)from < 4096) return -14; memcpy(to, from, size); return 0; }}
#define FILLER(name, EVENT) static void fill_##name(const struct sys *c)
#define FIXED_BEGIN(c, EVENT, n, payload) \\
	u8 bytes[(payload) + 1]; int count = 0, end = 0; (void)c; (void)bytes; (void)count; \\
	printf("%d %d %d", PPME_##EVENT, (n) == NPARAMS_##EVENT, payload)
#define FIXED_PARAM(index, offset, type, value) do {{ \\
	if ((index) != count++ || (offset) != end) printf(" misplaced"); \\
	*(type __attribute__((aligned(1))) *)(bytes + (offset)) = (type)(value); end += sizeof(type); \\
	printf(" " #type ":%lld", (long long)*(type __attribute__((aligned(1))) *)(bytes + (offset))); \\
	}} while (0)
#define FIXED_END(c) printf(" end:%d\\n", end)
#define EVENT_BEGIN(c, EVENT, count) struct event ev = {{ 0 }}; \\
	printf("%d %d -", PPME_##EVENT, (count) == NPARAMS_##EVENT)
#define EVENT_END(c) printf(" end:%d\\n", ev.n)
#define NUMBER(type) static void emit_##type(struct event *ev, type v) \\
	{{ ev->n++; printf(" " #type ":%lld", (long long)v); }}
NUMBER(u8) NUMBER(u16) NUMBER(u32) NUMBER(u64) NUMBER(s8) NUMBER(s16) NUMBER(s32) NUMBER(s64)
static void emit_user_path(struct event *ev, u64 p) {{ ev->n++; printf(" path:%llu", (unsigned long long)p); }}
static void emit_user_str(struct event *ev, u64 p) {{ ev->n++; printf(" str:%llu", (unsigned long long)p); }}
static void emit_empty(struct event *ev) {{ ev->n++; printf(" empty"); }}
static void emit_user_bytes(struct event *ev, u64 p, s64 n)
{{ ev->n++; printf(" bytes:%llu+%lld", (unsigned long long)p, (long long)n); }}
static void emit_sockaddr(struct event *ev, u64 p, u64 n)
{{ ev->n++; printf(" sockaddr:%llu+%llu", (unsigned long long)p, (unsigned long long)n); }}
#include "{FILLERS}"
"""

REGULAR = [event for event in EVENTS if event.filled and not event.hand]
AT_FDCWD = "0xffffff9cULL"


def fill(calls: list[tuple[str, int, list[str]]], folder: Path) -> list[list[str]]:
    """Run the program of each (event, return value, arguments); return the words that each printed."""
    body = ""
    for symbol, ret, args in calls:
        call = f"struct sys c = {{ {ret}, {{ {', '.join(args) or 0} }}, false }}"
        body += f"\t{{ {call}; fill_{BY_SYMBOL[symbol].short}(&c); }}\n"
    return [line.split() for line in run(f"{STUBS}\nint main(void)\n{{\n{body}}}\n", folder).splitlines()]


def test_every_regular_event_has_a_program_with_its_parameters(tmp_path: Path) -> None:
    printed = fill([(event.symbol, 0, []) for event in REGULAR], tmp_path)
    assert len(printed) == len(REGULAR) > 100
    for event, (code, count_matches, payload, *params, end) in zip(REGULAR, printed, strict=True):
        assert int(code) == event.code
        assert count_matches == "1", event.symbol
        assert "misplaced" not in params, event.symbol
        assert len(params) == len(event.params), event.symbol
        for param, text in zip(event.params, params, strict=True):
            if param.type in C_TYPES:
                assert text.split(":")[0] == C_TYPES[param.type], f"{event.symbol}.{param.name}"
        assert end == (f"end:{len(params)}" if payload == "-" else f"end:{payload}"), event.symbol


CASES: list[tuple[str, int, list[str], str]] = [
    ("SYSCALL_DUP2_X", 7, ["3", "7"], "s64:7 s64:3 s64:7"),
    ("SYSCALL_CLOSE_X", -9, ["0xffffffffULL"], "s64:-9 s64:-1"),
    ("SYSCALL_READ_X", 5, ["3", "4096", "80"], "s64:5 bytes:4096+5 s64:3 u32:80"),
    ("SYSCALL_WRITE_X", 5, ["3", "4096", "80"], "s64:5 bytes:4096+5 s64:3 u32:80"),
    ("SYSCALL_WRITE_X", -32, ["3", "4096", "80"], "s64:-32 bytes:4096+80 s64:3 u32:80"),
    ("SYSCALL_UNLINKAT_2_X", 0, [AT_FDCWD, "4096", "0x200"], "s64:0 s64:-100 path:4096 u32:512"),
    (
        "SYSCALL_RENAMEAT2_X",
        0,
        [AT_FDCWD, "4096", "5", "8192", "3"],
        "s64:0 s64:-100 path:4096 s64:5 path:8192 u32:3",
    ),
    ("SYSCALL_SYMLINKAT_X", 0, ["1000", "4", "2000"], "s64:0 path:1000 s64:4 path:2000"),
    (
        "SYSCALL_FCHOWNAT_X",
        -1,
        ["4", "1", "0", "0xffffffff", "0x100"],
        "s64:-1 s64:4 path:1 u32:0 u32:4294967295 u32:1024",
    ),
    ("SYSCALL_MOUNT_X", 0, ["1", "2", "3", "0xC0ED1000"], "s64:0 str:1 path:2 str:3 u32:4096"),
    ("SYSCALL_CHMOD_X", 0, ["1", "0104755"], "s64:0 path:1 u32:2541"),
    ("SYSCALL_KILL_X", 0, ["0xffffffffULL", "9"], "s64:0 s64:-1 u8:9"),
    ("SYSCALL_LLSEEK_X", 0, ["3", "1", "2", "0", "2"], "s64:0 s64:3 u64:4294967298 u8:2"),
    ("SYSCALL_SEMCTL_X", 0, ["1", "2", "0x110", "9"], "s64:0 s32:1 s32:2 u16:4096 s32:9"),
    ("SYSCALL_SEMCTL_X", 0, ["1", "2", "0", "9"], "s64:0 s32:1 s32:2 u16:4 s32:0"),
    ("SYSCALL_GETCWD_X", 5, ["77", "100"], "s64:5 str:77"),
    ("SYSCALL_GETCWD_X", -34, ["77", "100"], "s64:-34 empty"),
    ("SOCKET_BIND_X", 0, ["3", "77", "16"], "s64:0 sockaddr:77+16 s64:3"),
    ("SOCKET_SOCKET_X", 3, ["10", "0x80001", "6"], "s64:3 u32:10 u32:524289 u32:6 u32:4096"),
    ("SYSCALL_SETNS_X", 0, ["3", "0x40000000"], "s64:0 s64:3 u32:16"),
    ("SYSCALL_GETUID_X", 1000, [], "u32:1000"),
    ("SYSCALL_SETRESUID_X", 0, ["0xffffffff", "0", "0"], "s64:0 u32:4294967295 u32:0 u32:0"),
    ("SYSCALL_INIT_MODULE_X", -1, ["10", "99", "20"], "s64:-1 bytes:10+99 u64:99 str:20"),
    ("SYSCALL_MEMFD_CREATE_X", 3, ["10", "1"], "s64:3 str:10 u32:1"),
    ("SYSCALL_EVENTFD2_X", 3, ["5", "0x80800"], "s64:3 u16:4160 u64:5"),
    ("SYSCALL_EPOLLWAIT_X", 1, ["3", "77", "16", "0xffffffff"], "s64:1 s64:16"),
    ("SYSCALL_GETRLIMIT_X", 0, ["7", "(u64)longs"], "s64:0 s64:7 s64:9 u8:7"),
    ("SYSCALL_GETRLIMIT_X", -14, ["7", "(u64)longs"], "s64:-14 s64:-1 s64:-1 u8:7"),
    ("SYSCALL_SETRLIMIT_X", -14, ["7", "0"], "s64:-14 s64:-1 s64:-1 u8:7"),
    ("SYSCALL_PRLIMIT_X", 0, ["5", "7", "0", "(u64)longs"], "s64:0 s64:-1 s64:-1 s64:7 s64:9 s64:5 u8:7"),
    ("SYSCALL_NANOSLEEP_X", 0, ["(u64)longs"], "s64:0 u64:7000000009"),
    ("SYSCALL_GETRESUID_X", 0, ["(u64)words", "(u64)(words + 1)", "0"], "s64:0 u32:7 u32:4294967295 u32:4294967295"),
    ("SYSCALL_SEMOP_X", 0, ["4", "(u64)operations", "1"], "s64:0 u32:1 u16:1 s16:-1 u16:1 u16:0 s16:0 u16:0 s32:4"),
    ("SYSCALL_SEMOP_X", 0, ["4", "(u64)operations", "2"], "s64:0 u32:2 u16:1 s16:-1 u16:1 u16:2 s16:3 u16:2 s32:4"),
    ("SYSCALL_SPLICE_X", 1, ["3", "0", "4", "0", "100", "1"], "s64:1 s64:3 s64:4 u64:100 u32:1"),
    ("SYSCALL_COPY_FILE_RANGE_X", 1, ["3", "0", "4", "0", "100"], "s64:1 s64:4 u64:0 s64:3 u64:0 u64:100"),
]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """What the program of each case printed: compiled once for all."""
    return fill([case[:3] for case in CASES], tmp_path_factory.mktemp("fillers"))


def test_a_32_bit_program_s_longs_have_four_bytes(tmp_path: Path) -> None:
    body = "\tstruct sys c = { 0, { 7, (u64)words }, true };\n\tfill_getrlimit_x(&c);\n"
    [_, _, _, *params, _] = run(f"{STUBS}\nint main(void)\n{{\n{body}}}\n", tmp_path).split()
    assert " ".join(params) == "s64:0 s64:7 s64:-1 u8:7"


@pytest.mark.parametrize("case", range(len(CASES)), ids=lambda case: CASES[case][0])
def test_parameters_come_from_their_arguments(case: int, printed: list[list[str]]) -> None:
    symbol, _, _, expected = CASES[case]
    code, _, _, *params, _ = printed[case]
    assert int(code) == BY_SYMBOL[symbol].code
    assert " ".join(params) == expected
