"""Programs that have seccomp filters of their own behave as they would without the tracer."""

import subprocess
from pathlib import Path

import pytest

from tests.live.agent_process import agent_command
from tests.live.programs import compile_program

PROGRAMS = Path(__file__).parent / "programs"
PDIG_AGENT = Path(agent_command()[0]).with_name("pdig-agent")


@pytest.mark.parametrize("seccomp", ["auto", "off"])
def test_what_a_programs_own_filter_wants_traced_fails_as_without_a_tracer(seccomp: str, tmp_path: Path) -> None:
    program = compile_program(PROGRAMS / "own_filter.c", tmp_path)
    bare = subprocess.run([program], capture_output=True, text=True, check=True)
    assert bare.stdout.splitlines() == ["openat -1 38", "getuid -1 1", "getpid works"]
    traced = subprocess.run(
        [PDIG_AGENT, f"--seccomp={seccomp}", "--", program], capture_output=True, text=True, check=True
    )
    assert traced.stdout == bare.stdout
