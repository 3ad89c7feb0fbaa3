"""The relocatable folder on this machine: what is in it, that it needs nothing else, and what it hands on."""

import json
import os
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pdig.bundle.conftest import make

pytestmark = pytest.mark.slow

INSTALLED = Path(sys.executable).parent / "pdig-agent"
MAX_MEGABYTES = 40
START_FACTOR = 1.2
NOBODY = 65534
DATA_OF_THE_IMAGE = ("/usr/share/locale/", "/usr/lib/locale/", "/etc/localtime")
"""What the C library and the agent read where there is such a thing: data, not code."""


def run(*words: object, **how: object) -> "subprocess.CompletedProcess[bytes]":
    arguments = {"capture_output": True, "timeout": 60, "stdin": subprocess.DEVNULL, **how}
    command = [str(word) for word in words]
    return subprocess.run(command, **arguments)  # type: ignore[call-overload,no-any-return]


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(folder.rglob("*"))}


def is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def test_it_is_small_and_holds_neither_tests_nor_what_is_not_imported(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    assert size <= MAX_MEGABYTES
    names = {part for path in files for part in path.relative_to(folder).parts}
    assert not names & {"test", "tests", "rich", "idlelib", "tkinter", "ensurepip", "pip", "bundle", "loader"}
    assert not [path for path in files if path.suffix in {".c", ".h", ".o"}]


def test_the_same_sources_make_the_same_archive(folder: Path, open_folder: Path) -> None:
    again = make(open_folder / "again/pdig-agent", open_folder / "again.tar.gz")
    assert again.returncode == 0, again.stderr
    assert (open_folder / "again.tar.gz").read_bytes() == (open_folder / "pdig-agent.tar.gz").read_bytes()


def test_a_folder_of_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("")
    made = make(tmp_path, tmp_path / "archive")
    assert made.returncode == 1
    assert f"{tmp_path} is there already, and is no folder of this kind" in made.stderr
    assert (tmp_path / "precious").exists()


def test_the_licence_of_every_part_is_in_it(folder: Path) -> None:
    parts = json.loads((folder / "pdig-agent.json").read_text())["made_of"]
    assert {"PyYAML", "lark", "python-ptrace"} <= set(parts)
    for part in parts:
        assert list((folder / "licences" / part.lower()).iterdir()), part
    assert (folder / "licences/agent/NOTICE").exists()
    assert (folder / "packages/ptrace/binding/func.py").exists(), "the GPL asks for the source"


def test_every_library_comes_from_the_folder(folder: Path) -> None:
    (loader,) = (folder / "lib").glob("ld-linux*")
    elves = [path for path in folder.rglob("*") if path.is_file() and is_elf(path) and path.name != "pdig-agent"]
    assert len(elves) > 10
    for path in elves:
        if path == loader:
            continue
        listed = run(loader, "--inhibit-cache", "--library-path", folder / "lib", "--list", path)
        assert listed.returncode == 0, listed.stderr
        for line in listed.stdout.decode().splitlines():
            name, arrow, where = line.strip().partition(" => ")
            assert not arrow or where.startswith(str(folder)), f"{path} takes {name} from {where}"


def test_no_code_from_outside_of_it_is_opened(folder: Path) -> None:
    traced = run(
        INSTALLED, "--print", "-f", "evt.type in (open, openat, execve) and evt.failed = false",
        "--format", "%evt.type %fd.name %proc.exepath", "--", folder / "pdig-agent", "--version",
    )  # fmt: skip
    assert traced.returncode == 0, traced.stderr
    opened = [line.split()[1] for line in traced.stderr.decode().splitlines() if line.startswith("open")]
    assert len(opened) > 20
    outside = [name for name in opened if not name.startswith((str(folder), "/proc/", "/dev/", *DATA_OF_THE_IMAGE))]
    assert [name for name in outside if not name.endswith("/gconv-modules.cache")] == []


def test_it_runs_wherever_it_lies_for_everybody_and_writes_nothing(folder: Path, open_folder: Path) -> None:
    moved = open_folder / "another place" / "x"
    shutil.copytree(folder, moved)
    link = open_folder / "link"
    link.symlink_to(moved / "pdig-agent")
    before = files_of(moved)
    user: Callable[[], None] | None = (lambda: os.setuid(NOBODY)) if os.geteuid() == 0 else None
    for command in (moved / "pdig-agent", link):
        done = run(command, "--print", "-f", "evt.type = execve", "--", "/bin/echo", "hello", preexec_fn=user, env={})
        assert done.returncode == 0, done.stderr
        assert done.stdout == b"hello\n"
        assert b"execve" in done.stderr
    assert files_of(moved) == before


def test_rules_fire_and_the_exit_code_is_the_programs(folder: Path, bare: Path, tmp_path: Path) -> None:
    condition = "evt.type = openat and proc.name = bare"
    rule = f"- rule: Bare\n  desc: d\n  condition: {condition}\n  output: '%fd.name'\n  priority: INFO\n"
    (tmp_path / "r.yaml").write_text(rule)
    done = run(folder / "pdig-agent", "-r", tmp_path / "r.yaml", "--", bare, "read", "/nothing/here", env={})
    assert done.returncode == 1
    assert b"/nothing/here" in done.stderr


def test_the_command_has_exactly_the_callers_environment(folder: Path, bare: Path) -> None:
    plain = run(bare, "odd", bare, "environment")
    assert len(plain.stdout.splitlines()) == 15
    traced = run(bare, "odd", folder / "pdig-agent", "--", bare, "environment")
    assert traced.returncode == 0, traced.stderr
    assert traced.stdout == plain.stdout
    assert b"ld.so" not in traced.stderr, "the folder's own loader heeded what is the command's"


def test_nothing_is_added_to_an_empty_environment(folder: Path, bare: Path) -> None:
    for agent in (folder / "pdig-agent", INSTALLED):
        assert run(agent, "--", bare, "environment", env={}).stdout == b"", agent


def test_a_damaged_folder_is_said_to_be(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "pdig-agent", tmp_path / "pdig-agent")
    done = run(tmp_path / "pdig-agent", "--version")
    assert done.returncode == 127
    assert done.stderr.startswith(f"Error: pdig-agent: cannot execute {tmp_path}/lib/ld-linux".encode())
    assert done.stderr.count(b"\n") == 1


def test_it_is_known_by_its_name(folder: Path) -> None:
    done = run(
        folder / "pdig-agent", "--print", "-f", "evt.type = execve", "--format", "%proc.pname", "--", "/bin/true"
    )
    assert done.stderr.split() == [b"pdig-agent"], done.stderr


def test_its_start_costs_no_more_than_the_installed_ones(folder: Path) -> None:
    def seconds(command: Path) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert run(command, "--", "/bin/true").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # Processor time, the least of several: what else the machine does is not measured.
    of_folder, installed = (min(seconds(command) for _ in range(5)) for command in (folder / "pdig-agent", INSTALLED))
    print(f"folder {of_folder:.3f} s, installed {installed:.3f} s")
    assert of_folder <= START_FACTOR * installed


def test_everything_may_be_read_by_others(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode in ((0o755,) if path.is_dir() else (0o644, 0o755)), path
