"""Reading a host's files without leaving them, and the kernel's answers."""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader import btf
from loader.facts.distribution import distribution
from loader.facts.kernel_facts import parse_config, read_config
from loader.kernel import Kernel
from loader.kernel_calls import Answer, RealKernelCalls
from loader.machine import Machine, Tree
from tests.loader.machines import PreparedCalls


def machine_at(folder: Path, release: str = "6.1.0-18-amd64") -> Machine:
    kernel = Kernel(release, "#1 SMP Debian 6.1.76-1 (2024-02-01)", "x86_64")
    return Machine(kernel, Tree(folder), Tree(folder), {}, PreparedCalls((6, 1)))


def test_an_absolute_link_stays_inside_the_tree(tmp_path: Path) -> None:
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "etc").mkdir()
    (tmp_path / "usr/lib/os-release").write_text("ID=flatcar\nVERSION_ID=3602.2.0\n")
    (tmp_path / "etc/os-release").symlink_to("/usr/lib/os-release")
    found = distribution(machine_at(tmp_path))
    assert found.identity.value == "flatcar"
    assert found.identity.evidence == f"ID in {tmp_path}/etc/os-release"


def test_no_link_leads_out_of_the_tree(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("outside")
    root = tmp_path / "root"
    root.mkdir()
    (root / "up").symlink_to("../secret")
    (root / "out").symlink_to("../../../../../../secret")
    (root / "round").symlink_to("round")
    tree = Tree(root)
    assert tree.text("/up") is None
    assert tree.text("/out") is None
    assert tree.text("/round") is None
    assert tree.text("/../secret") is None


def test_a_pipe_does_not_stop_the_loader(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    os.mkfifo(tmp_path / "etc/os-release")
    assert distribution(machine_at(tmp_path)).identity.value is None


@pytest.mark.parametrize(
    "path",
    [
        "boot/config-6.1.0-18-amd64",
        "usr/lib/ostree-boot/config-6.1.0-18-amd64",
        "lib/modules/6.1.0-18-amd64/config",
        "usr/lib/modules/6.1.0-18-amd64/config",
    ],
)
def test_the_configuration_is_found_where_distributions_put_it(path: str, tmp_path: Path) -> None:
    place = tmp_path / path
    place.parent.mkdir(parents=True)
    place.write_text('CONFIG_MODULES=y\n# CONFIG_BPF is not set\nCONFIG_LSM="lockdown,yama"\n')
    found = read_config(machine_at(tmp_path))
    assert found.value == {"CONFIG_MODULES": "y", "CONFIG_LSM": "lockdown,yama"}
    assert found.evidence == str(place)


def test_a_damaged_packed_configuration_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/config.gz").write_bytes(b"\x1f\x8bnot really")
    assert read_config(machine_at(tmp_path)).value is None
    assert parse_config("CONFIG_A=m") == {"CONFIG_A": "m"}


def test_another_kernel_is_not_judged_by_the_running_one(tmp_path: Path) -> None:
    from loader.facts.gather import gather

    machine = machine_at(tmp_path)
    facts = gather(Machine(machine.kernel, machine.own, machine.host, {}, machine.calls, runs=False))
    assert facts.abilities == {}
    assert facts.kernel.btf.value is None
    assert facts.ability("ring_buffer").error is None


def test_answers_are_sentences() -> None:
    assert Answer("bpf(x)", 0).sentence == "bpf(x) succeeded"
    assert Answer("bpf(x)", errno.EPERM).sentence == "bpf(x) failed: EPERM (Operation not permitted)"
    assert Answer("bpf(x)", None).sentence == "bpf(x) could not be asked"


def test_the_running_kernel_answers_and_nothing_stays_open() -> None:
    calls = RealKernelCalls()
    before = os.listdir("/proc/self/fd")
    for name in ("ring_buffer", "tracing_program", "raw_tracepoint_program", "tracepoint_program", "perf_buffer"):
        answer = getattr(calls, name)()
        assert answer.error is not None
        if os.geteuid() != 0:
            assert not answer.works
    assert calls.trace_child().error is not None
    assert calls.module_loading().error in (errno.ENOSYS, errno.EPERM, errno.EBADF)
    calls.lockdown()
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.skipif(not btf.KERNEL.exists(), reason="this kernel has no BTF")
def test_a_type_of_the_running_kernel_is_found() -> None:
    assert btf.typedef_id("btf_trace_sys_exit")
    assert btf.typedef_id("no_such_type_anywhere") is None


def test_types_are_numbered_from_one(tmp_path: Path) -> None:
    names = b"\0first\0second\0"
    integer = struct.pack("<III", 0, 1 << 24, 4) + struct.pack("<I", 32)
    second = struct.pack("<III", names.index(b"second"), 8 << 24, 1)
    header = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(integer + second), len(integer + second), len(names))
    (tmp_path / "btf").write_bytes(header + integer + second + names)
    assert btf.typedef_id("second", tmp_path / "btf") == 2
    assert btf.typedef_id("first", tmp_path / "btf") is None


@given(st.binary(max_size=200))
def test_any_bytes_are_no_reason_to_fail(tail: bytes) -> None:
    path = Path(f"/proc/self/fd/{os.memfd_create('btf')}")
    try:
        path.write_bytes(struct.pack("<HBB", 0xEB9F, 1, 0) + tail)
        btf.typedef_id("x", path)
    finally:
        os.close(int(path.name))


@given(st.text(max_size=200), st.text(max_size=40), st.text(max_size=60))
def test_any_os_release_gives_a_name_that_a_file_may_have(text: str, release: str, version: str) -> None:
    import tempfile

    from loader import names
    from loader.acquisition import NotThisWay

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "etc")
        place.mkdir()
        (place / "os-release").write_text(text, encoding="utf-8", errors="replace")
        machine = Machine(
            Kernel(release, version, "x86_64"), Tree(Path(folder)), Tree(Path(folder)), {}, PreparedCalls((6, 1))
        )
        target = distribution(machine).target.value
        assert target is not None
        try:
            name = names.file_name("kmod", target)
        except NotThisWay:
            return
        assert "/" not in name
        assert name not in (".", "..")


@pytest.mark.parametrize("content", [b'ID="debian', b"ID=\\", b"ID=\xff\xfe", b"\0" * 100])
def test_an_os_release_that_cannot_be_read_is_as_good_as_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_bytes(content)
    found = distribution(machine_at(tmp_path))
    assert found.identity.value is None
    assert found.target.value is not None
    assert not found.target.value.known
