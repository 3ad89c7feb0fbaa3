"""What a program may do so that a tracer sees less or stops: it sees all of it, and goes on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.programs import compile_program
from tests.pdig.running import command, pdig

PROGRAMS = Path(__file__).parent / "programs"
OPENS = ("--print", "-f", "evt.type=openat and fd.name contains secret")


@pytest.mark.parametrize("seccomp", ["auto", "off"])
def test_calls_that_another_thread_decides_on_are_seen(seccomp: str, tmp_path: Path) -> None:
    program = compile_program(PROGRAMS / "supervised.c", tmp_path, ("-pthread",))
    secret = tmp_path / "secret"
    secret.touch()
    bare = subprocess.run([program, secret], capture_output=True, text=True, timeout=30, check=True)
    traced = pdig(f"--seccomp={seccomp}", *OPENS, "--", str(program), str(secret))
    assert (traced.returncode, traced.stdout) == (0, bare.stdout)
    assert str(secret) in traced.stderr


@pytest.mark.parametrize("seccomp", ["auto", "off"])
def test_children_that_no_tracer_is_to_hear_of_are_seen(seccomp: str, tmp_path: Path) -> None:
    program = compile_program(PROGRAMS / "untraced_child.c", tmp_path)
    secrets = [tmp_path / "secret-clone", tmp_path / "secret-clone3"]
    for secret in secrets:
        secret.touch()
    bare = subprocess.run([program, *secrets], capture_output=True, text=True, timeout=30, check=True)
    assert bare.stdout.splitlines() == ["clone 0", "clone3 0", "flags 800000"]
    traced = pdig(f"--seccomp={seccomp}", *OPENS, "--", str(program), *map(str, secrets))
    assert (traced.returncode, traced.stdout) == (0, bare.stdout)
    for secret in secrets:
        assert str(secret) in traced.stderr


def test_a_file_system_whose_server_is_traced_holds_nobody_up(tmp_path: Path) -> None:
    if os.geteuid() != 0 or not Path("/dev/fuse").exists():
        pytest.skip("mounting a file system of FUSE needs root and /dev/fuse")
    folder = tmp_path / "mounted"
    folder.mkdir()
    server = f"{sys.executable} {PROGRAMS / 'fuse_server.py'} {folder}"
    script = (
        f'exec 3< <(exec {server}); read -r word <&3 && [ "$word" = mounted ] || exit 9; '
        f'(: > {folder}/secret) 2>/dev/null; echo "created $?"; ls {folder}/none 2>/dev/null; '
        f"cat {folder}/secret 2>/dev/null; "
        f": > {tmp_path}/other-secret; umount {folder}; echo done"
    )
    # In a mount namespace of its own, which ends with it, so that nothing stays mounted whatever happens.
    within = ["unshare", "--mount", "--propagation", "private", "timeout", "-s", "KILL", "30"]
    traced = subprocess.run(
        [*within, command(), *OPENS, "--", "bash", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert (traced.returncode, traced.stdout) == (0, "created 1\ndone\n"), traced.stderr
    assert f"{folder}/secret" in traced.stderr
    assert f"{tmp_path}/other-secret" in traced.stderr
