"""`--scope` and the capabilities a capture needs."""

import os
from pathlib import Path

import pytest

from agent.capture import Scope, parse_scope
from agent.errors import PrivilegeError, ScopeError
from agent.privileges import CAPABILITIES, effective_capabilities, missing_for_ebpf, require_ebpf_capabilities


def test_forms() -> None:
    assert parse_scope(f"pid:{os.getpid()}") == Scope("pid", os.getpid())
    assert parse_scope("cgroup:/system.slice/a b") == Scope("cgroup", "/system.slice/a b")
    assert parse_scope("container:0123456789ab").to_native() == {"container": "0123456789ab"}
    assert str(parse_scope("cgroup:x:y")) == "cgroup x:y"


@pytest.mark.parametrize(
    "text",
    [
        "tree:1",
        "container:../x",
        "container:",
        "",
        "pid",
        "pid:",
        ":1",
        "pid:x",
        "pid:-1",
        "pid:0",
        "pid:4194305",
        "pid:1e3",
        "pid:²",
        "pid:" + "9" * 5000,
    ],
)
def test_anything_else_is_a_sentence(text: str) -> None:
    with pytest.raises(ScopeError, match=r"^--scope .*\.$"):
        parse_scope(text)


def test_pid_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ScopeError, match="there is no process 7; it may have ended"):
        parse_scope("pid:7", proc=tmp_path)


def status_with(tmp_path: Path, mask: int) -> Path:
    path = tmp_path / "status"
    path.write_text(f"Name:\tx\nCapPrm:\t{0:016x}\nCapEff:\t{mask:016x}\n")
    return path


def test_effective_set_is_read(tmp_path: Path) -> None:
    assert effective_capabilities(status_with(tmp_path, 0)) == set()
    assert effective_capabilities(status_with(tmp_path, 1 << 39 | 1 << 19)) == {"CAP_BPF", "CAP_SYS_PTRACE"}
    everything = effective_capabilities(status_with(tmp_path, (1 << 41) - 1))
    assert everything == set(CAPABILITIES)


def test_what_an_ebpf_driver_lacks() -> None:
    assert missing_for_ebpf({"CAP_BPF", "CAP_PERFMON", "CAP_SYS_PTRACE"}) == []
    assert missing_for_ebpf({"CAP_SYS_ADMIN", "CAP_SYS_PTRACE"}) == []
    assert missing_for_ebpf({"CAP_BPF", "CAP_SYS_PTRACE"}) == ["CAP_PERFMON"]
    assert missing_for_ebpf({"CAP_SYS_ADMIN"}) == ["CAP_SYS_PTRACE"]


def test_message_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.privileges.effective_capabilities", lambda: {"CAP_PERFMON"})
    with pytest.raises(PrivilegeError, match="needs CAP_BPF and CAP_SYS_PTRACE, which this process"):
        require_ebpf_capabilities("modern_ebpf")


def test_other_user_namespace_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.privileges.effective_capabilities", lambda: {"CAP_SYS_ADMIN", "CAP_SYS_PTRACE"})
    monkeypatch.setattr("agent.privileges._in_first_user_namespace", lambda: False)
    with pytest.raises(PrivilegeError, match="first user namespace"):
        require_ebpf_capabilities("modern_ebpf")
