"""What a kernel does not have, or a container's filter forbids, makes no difference to what is recorded."""

import json
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.drivers.recording import NOT_POSSIBLE, SOURCES
from tests.live.agent_process import tracer_command
from tests.live.programs import compile_program

PROGRAMS = Path(__file__).parent / "programs"

REFUSED = {
    "nothing": (),
    "no_process_vm_readv": ("readv-enosys",),
    "process_vm_readv_forbidden": ("readv-eperm",),
    "no_syscall_info": ("syscall-info",),
    "neither": ("readv-enosys", "syscall-info"),
}

pytestmark = [
    pytest.mark.parametrize("seccomp", ["auto", "off"]),
    pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED),
]


def events(words: Sequence[str | Path], seccomp: str, refused: Sequence[str], folder: Path) -> list[dict[str, str]]:
    """Return type and arguments of the events of a command, which is to succeed."""
    if "syscall-info" in refused and platform.machine() != "x86_64":
        pytest.skip("every kernel that runs on this architecture and is supported has PTRACE_GET_SYSCALL_INFO")
    refusing = compile_program(PROGRAMS / "refusing.c", folder)
    output = ["--print", "--json", "--format", "%evt.type %evt.args", f"--seccomp={seccomp}"]
    command = [refusing, *refused, "--", *tracer_command(), *output, "--", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode == NOT_POSSIBLE:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]


def test_calls_are_told_with_what_lies_in_memory(seccomp: str, refused: Sequence[str], tmp_path: Path) -> None:
    script = "echo some words > made; cat made > /dev/null"
    found = events(["sh", "-c", f"cd {tmp_path}; {script}"], seccomp, refused, tmp_path)
    told = [(event["evt.type"], event["evt.args"]) for event in found]
    assert any(kind == "openat" and "name=made" in args and "O_CREAT" in args for kind, args in told), told
    assert any(kind == "write" and "res=11" in args and "data=some words" in args for kind, args in told), told
    assert any(kind == "openat" and "name=made" in args and "O_CREAT" not in args for kind, args in told), told
    assert any(kind == "read" and "res=11" in args and "data=some words" in args for kind, args in told), told
    assert [kind for kind, _ in told].count("procexit") == 2


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86 has calls of two kinds in one program")
def test_a_call_of_the_other_kind_in_one_program_is_told_as_that(
    seccomp: str, refused: Sequence[str], tmp_path: Path
) -> None:
    program = compile_program(SOURCES / "mmap2.c", tmp_path)
    found = events(["sh", "-c", f"cd {tmp_path} && exec {program}"], seccomp, refused, tmp_path)
    told = [event["evt.args"] for event in found if event["evt.type"] == "mmap2"]
    assert len(told) == 2, found
    assert "length=4096" in told[0]
    assert "res=-22(EINVAL)" in told[1]
