"""Programs with the set-user-ID bit, and what a filter without CAP_SYS_ADMIN costs them."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.pdig.running import command

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
WARNING = "the command runs with no_new_privs"
ADVICE = "--seccomp=off, which is slower, avoids that."


@pytest.fixture
def show_ids(as_root: None, programs: Path) -> str:
    """A program of root's that shows who it runs as."""
    program = programs / "show_ids"
    os.chown(program, 0, 0)
    program.chmod(0o4755)
    bare = subprocess.run([*NOBODY, str(program)], capture_output=True, text=True, timeout=60)
    if bare.stdout != "effective 0, no_new_privs 0\n":
        pytest.skip(f"the set-user-ID bit has no effect in {program.parent}")
    return str(program)


def run(before: list[str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*before, command(), *words], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("options", [[], ["--seccomp=off"]], ids=["filtered", "every-call"])
def test_with_all_capabilities_nothing_changes(show_ids: str, options: list[str]) -> None:
    traced = run([], *options, "--", *NOBODY, show_ids)
    assert (traced.stdout, WARNING in traced.stderr) == ("effective 0, no_new_privs 0\n", False)


def test_a_filter_without_sys_admin_costs_new_privileges_and_says_so(show_ids: str) -> None:
    less = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
    traced = run(less, "--", *NOBODY, show_ids)
    assert traced.stdout == "effective 65534, no_new_privs 1\n"
    assert WARNING in traced.stderr
    assert ADVICE in traced.stderr
    # With SYS_PTRACE alone, as it is given in containers.
    traced = run(less, "--seccomp=off", "--", *NOBODY, show_ids)
    assert (traced.stdout, traced.stderr) == ("effective 0, no_new_privs 0\n", "")


def test_without_any_capability_nothing_is_gained_under_a_tracer(show_ids: str) -> None:
    traced = run(NOBODY, "--", show_ids)
    assert traced.stdout == "effective 65534, no_new_privs 1\n"
    assert WARNING in traced.stderr
    assert ADVICE not in traced.stderr  # it would gain nothing
    traced = run(NOBODY, "--seccomp=off", "--", show_ids)
    assert traced.stdout == "effective 65534, no_new_privs 0\n"
    assert "Without CAP_SYS_PTRACE" in traced.stderr


def test_who_has_given_up_new_privileges_is_not_warned(show_ids: str) -> None:
    traced = run([*NOBODY, "--no-new-privs"], "--", show_ids)
    assert (traced.stdout, traced.stderr) == ("effective 65534, no_new_privs 1\n", "")
