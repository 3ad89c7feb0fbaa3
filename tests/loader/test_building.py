"""What a build is done with: headers, compilers, and the words of its log."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from loader import compilers, dkms, kernel_headers
from loader.acquisition import NotThisWay
from tests.loader.conftest import Wish


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only one with programs."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setattr(compilers, "sbin", lambda: {"PATH": str(folder)})
    monkeypatch.setattr(kernel_headers, "sbin", lambda: {"PATH": f"{folder}:/usr/bin:/bin"})
    return folder


def program(path: Path, script: str) -> Path:
    """Write a program."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def headers(folder: Path, config: str) -> Path:
    """Write the configuration of a kernel."""
    (folder / "include/config").mkdir(parents=True)
    (folder / "include/config/auto.conf").write_text(config)
    return folder


def test_the_compiler_of_the_kernel_comes_first_then_the_nearest(programs: Path, tmp_path: Path) -> None:
    for version in (9, 12, 13):
        program(programs / f"gcc-{version}", f"echo {version}.2.0")
    (programs / "gcc").symlink_to("gcc-13")
    program(programs / "gcc-14", "exit 1")
    program(programs / "gcc-ar-12", "echo 12")
    found = compilers.candidates(headers(tmp_path / "headers", "CONFIG_GCC_VERSION=120200\n"))
    assert [Path(told[0].removeprefix("CC=")).name for told in found] == ["gcc-12", "gcc", "gcc-9"]


def test_a_kernel_built_with_clang_is_built_for_with_clang(programs: Path, tmp_path: Path) -> None:
    assert compilers.candidates(headers(tmp_path / "headers", "CONFIG_CC_IS_CLANG=y\n")) == [["LLVM=1"]]


def test_without_compilers_there_are_none(programs: Path, tmp_path: Path) -> None:
    assert compilers.candidates(tmp_path) == []


@pytest.mark.parametrize(
    ("manager", "release", "package"),
    [
        ("apt-get", "6.1.0-56-amd64", "linux-headers-6.1.0-56-amd64"),
        ("dnf", "5.14.0-362.el9.x86_64", "kernel-devel-5.14.0-362.el9.x86_64"),
        ("dnf", "5.15.0-100.el9uek.x86_64", "kernel-uek-devel-5.15.0-100.el9uek.x86_64"),
        ("zypper", "5.14.21-150400.24.100-default", "kernel-default-devel=5.14.21-150400.24.100"),
    ],
)
def test_each_package_manager_is_asked_for_exactly_these_headers(
    programs: Path, monkeypatch: pytest.MonkeyPatch, manager: str, release: str, package: str
) -> None:
    monkeypatch.setattr(kernel_headers, "sbin", lambda: {"PATH": str(programs)})
    program(programs / manager, "exit 1")
    command = kernel_headers._command(release)
    assert command is not None
    assert (command[0], command[-1]) == (manager, package)


def test_headers_are_installed_only_when_that_is_allowed(wish: Wish, programs: Path, tmp_path: Path) -> None:
    host = tmp_path / "host"
    release = wish.request().kernel.release
    build = host / "lib/modules" / release / "build"
    program(
        programs / "apt-get", f"mkdir -p {build}/include/generated; touch {build}/include/generated/autoconf.h; echo $@"
    )
    with pytest.raises(NotThisWay, match="install them: apt-get install"):
        kernel_headers.need(wish.request(host_root=host))
    assert not build.exists()
    assert kernel_headers.need(wish.request(host_root=host, install_headers=True)) == build


def test_a_package_manager_that_fails_is_quoted(wish: Wish, programs: Path, tmp_path: Path) -> None:
    program(programs / "apt-get", "echo 'E: Unable to locate package'; exit 100")
    with pytest.raises(NotThisWay, match=r"status 100.*E: Unable to locate package"):
        kernel_headers.need(wish.request(host_root=tmp_path, install_headers=True))


def test_the_log_tells_what_went_wrong_not_what_went_on(tmp_path: Path) -> None:
    log = tmp_path / "make.log"
    log.write_text(
        "make: Entering directory '/x'\n  CC [M]  /x/agent_probe.o\n"
        "gcc: error: unrecognized command-line option '-ftrivial-auto-var-init=zero'\n"
        "make[2]: *** [scripts/Makefile.build:250: /x/agent_probe.o] Error 1\nmake: Leaving directory '/x'\n"
    )
    assert dkms.telling_lines(log) == [
        "gcc: error: unrecognized command-line option '-ftrivial-auto-var-init=zero'",
        "make[2]: *** [scripts/Makefile.build:250: /x/agent_probe.o] Error 1",
    ]
    log.write_text("killed\n")
    assert dkms.telling_lines(log) == ["killed"]
    assert dkms.telling_lines(tmp_path / "missing") == []


@pytest.mark.parametrize(("tool", "suffix"), [("gzip", ".gz"), ("xz", ".xz"), ("zstd", ".zst")])
def test_what_dkms_compressed_is_unpacked(tmp_path: Path, tool: str, suffix: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    path = tmp_path / "agent_probe.ko"
    path.write_bytes(b"module" * 1000)
    assert dkms.unpack(path) == b"module" * 1000
    packed = path.with_name(path.name + suffix)
    packed.write_bytes(subprocess.run([tool, "-c", path], capture_output=True, check=True).stdout)
    assert dkms.unpack(packed) == b"module" * 1000
    packed.write_bytes(packed.read_bytes()[:20])
    with pytest.raises(OSError, match=r"\w"):
        dkms.unpack(packed)
