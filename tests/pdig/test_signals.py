"""Signals, stops and births: a traced program sees of them what it would see without the tracer."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pdig.running import command, next_line, pdig, started

MODES = pytest.mark.parametrize("options", [[], ["--seccomp=off"]], ids=["filtered", "every-call"])
LAST = signal.SIGQUIT
"""Ends the program that reports its signals, which then has told of all."""


def report_of(process: "subprocess.Popen[str]", send: Callable[[int], None]) -> list[str]:
    """Send signals once the program is ready, then the last one; return what it says of them."""
    assert next_line(process.stdout) == "ready\n"
    send(process.pid)
    lines = [next_line(process.stdout).strip()]
    time.sleep(0.1)  # a second one would have come by now
    os.kill(process.pid, LAST)
    assert process.wait(30) == 0
    assert process.stdout is not None
    return lines + process.stdout.read().split("\n")[:-1]


@pytest.mark.parametrize("way", ["handle", "wait"])
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT, signal.SIGALRM, signal.SIGRTMIN + 3]
)
def test_a_signal_to_the_agent_alone_reaches_the_command(programs: Path, way: str, number: int) -> None:
    with started([command(), "--", str(programs / "report_signals"), way]) as process:
        lines = report_of(process, lambda pid: os.kill(pid, number))
    assert lines == [f"{int(number)} 0", f"{int(LAST)} 0"]


def test_a_signal_to_the_group_reaches_the_command_once(programs: Path) -> None:
    words = [command(), "--", str(programs / "report_signals")]
    with started(words, start_new_session=True) as process:
        lines = report_of(process, lambda pid: os.killpg(pid, signal.SIGTERM))
    assert lines == [f"{int(signal.SIGTERM)} 0", f"{int(LAST)} 0"]


def test_a_command_may_signal_its_own_group() -> None:
    script = 'n=0; trap "n=\\$((n+1))" TERM; kill -TERM 0; sleep 0.3; sleep 0.1; echo $n; exit 4'
    traced = pdig("--", "sh", "-c", script, start_new_session=True)
    assert (traced.stdout, traced.returncode, traced.stderr) == ("1\n", 4, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGSEGV, signal.SIGUSR2])
def test_the_agent_ends_by_the_signal_that_ended_the_command(number: signal.Signals) -> None:
    assert pdig("--", "sh", "-c", f"kill -{int(number)} $$").returncode == -number


def test_a_signal_that_comes_before_the_command_is_not_lost() -> None:
    # What `alarm 1; exec …` does: the signal is sent by the kernel, perhaps while the agent still loads its rules.
    for seconds in (0.001, 0.2, 1.5):
        traced = pdig("--", "sleep", "30", preexec_fn=lambda s=seconds: signal.setitimer(signal.ITIMER_REAL, s))
        assert traced.returncode in (-signal.SIGALRM,)


def test_a_command_begins_with_the_signals_that_it_would_begin_with() -> None:
    def prepare() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGRTMIN + 7})

    words = ["grep", "^Sig[BI]", "/proc/self/status"]
    bare = subprocess.run(words, capture_output=True, text=True, preexec_fn=prepare)
    assert pdig("--", *words, preexec_fn=prepare).stdout == bare.stdout
    assert "0000000000000000" not in bare.stdout


@MODES
@pytest.mark.parametrize("program", ["group_stop", "queued_signals", "births"])
def test_what_a_program_sees_is_as_bare(programs: Path, program: str, options: list[str]) -> None:
    words = [str(programs / program)]
    # SIGTSTP does not stop an orphaned process group (setpgid(2)), such as the tests may be in.
    bare = subprocess.run(words, capture_output=True, text=True, timeout=60, preexec_fn=os.setpgrp)
    traced = pdig(*options, "--", *words, preexec_fn=os.setpgrp)
    assert traced.stdout == bare.stdout
    assert traced.returncode == bare.returncode == 0
    assert "NO" not in bare.stdout


@MODES
def test_descriptors_and_environment_are_as_bare(options: list[str]) -> None:
    words = [
        "sh",
        "-c",
        "ls /proc/self/fd; env | grep -v ^_= | sort; pwd; ulimit -a; grep -E 'Seccomp:|NoNewPrivs' /proc/self/status",
    ]
    bare = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    traced = pdig(*options, "--", *words)
    expected = bare.stdout if options else bare.stdout.replace("Seccomp:\t0", "Seccomp:\t2")
    assert traced.stdout == expected
