"""pdig-agent as the first process of a pid namespace, as a container's entry point is."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.pdig.running import children, command, next_line, started, state, tracer, until

NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]

pytestmark = pytest.mark.usefixtures("as_root")


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*NAMESPACE, command(), *words], capture_output=True, text=True, timeout=60)


@contextmanager
def container(*words: str) -> "Iterator[tuple[subprocess.Popen[str], int]]":
    """Start pdig-agent in a pid namespace; yield unshare and the agent's pid out here."""
    with started([*NAMESPACE, command(), *words], start_new_session=True, stdin=subprocess.PIPE) as unshare:
        until(lambda: len(children(unshare.pid)) == 1, "the first process")
        yield unshare, children(unshare.pid)[0]


def test_it_is_the_first_process_and_ends_with_the_commands_code() -> None:
    ended = run("--", "sh", "-c", "echo $PPID; cat /etc/shadow > /dev/null; exit 7")
    assert (ended.stdout, ended.returncode) == ("1\n", 7)
    assert "Password file read" in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_command_that_a_signal_ends_gives_a_shells_code(number: signal.Signals) -> None:
    assert run("--", "sh", "-c", f"kill -{int(number)} $$").returncode == 128 + number


def test_the_rest_ends_with_the_command() -> None:
    script = "sleep 300 & (setsid sleep 300 &) ; sleep 0.2; exit 5"
    shown = ["--print", "--format", "%proc.name %evt.arg.status", "-f", "evt.type=procexit and proc.name=sleep"]
    began = time.monotonic()
    ended = run(*shown, "--", "sh", "-c", script)
    assert ended.returncode == 5
    assert time.monotonic() - began < 10
    assert sorted(ended.stderr.splitlines()) == ["sleep 0", "sleep 9", "sleep 9"]


def test_orphans_are_waited_for() -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9 10; do (sleep 0.01 &); done; sleep 0.5; echo over; read line"
    with container("--", "sh", "-c", script) as (unshare, first):
        assert next_line(unshare.stdout) == "over\n"
        until(lambda: len(children(first)) == 1, "the end of the orphans")


def test_orphans_that_are_not_traced_are_waited_for() -> None:
    with container("--", "sh", "-c", "echo over; exec sleep 300") as (unshare, first):
        assert next_line(unshare.stdout) == "over\n"
        enter = ["nsenter", "-t", str(first), "-p", "-F", "sh", "-c", "for i in 1 2 3 4 5; do (sleep 0.05 &) ; done"]
        subprocess.run(enter, check=True, timeout=30)
        until(lambda: len(children(first)) == 1, "the end of the orphans")
        assert all(state(pid) != "Z" for pid in children(first))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
def test_signals_are_handed_on(number: signal.Signals) -> None:
    script = f"trap 'echo once; exit 9' {int(number)}; echo ready; while :; do sleep 0.02; done"
    with container("--", "sh", "-c", script) as (unshare, first):
        assert next_line(unshare.stdout) == "ready\n"
        os.kill(first, number)
        assert next_line(unshare.stdout) == "once\n"
        assert unshare.wait(30) == 9


def test_a_whole_pid_namespace_is_watched() -> None:
    script = (
        "(sleep 1.5; cat /etc/shadow > /dev/null) & "
        f"{command()} --pidns > alerts 2>&1 & agent=$!; "
        "sleep 2; sh -c 'cat /etc/shadow > /dev/null'; sleep 0.5; echo ready; read line; "
        "kill $agent; wait $agent; cat alerts; exit 4"
    )
    with started(["mktemp", "-d"]) as folder:
        where = next_line(folder.stdout).strip()
    with started([*NAMESPACE, "sh", "-c", script], stdin=subprocess.PIPE, cwd=where) as unshare:
        assert next_line(unshare.stdout) == "ready\n"
        (first,) = children(unshare.pid)
        assert tracer(first) != 0
        assert unshare.stdin is not None
        print(file=unshare.stdin, flush=True)
        assert unshare.wait(30) == 4
        assert unshare.stdout is not None
        assert unshare.stdout.read().count("Password file read") == 2
    subprocess.run(["rm", "-r", where], check=True)


def test_what_is_left_behind_is_waited_for_where_it_is_not_the_first_process() -> None:
    with started([command(), "--", "sh", "-c", "sleep 1 & exit 3"]) as agent:
        began = time.monotonic()
        assert agent.wait(30) == 3
        assert time.monotonic() - began > 0.9
    with started([command(), "--", "sh", "-c", "sleep 300 & echo $!; exit 3"]) as agent:
        left = int(next_line(agent.stdout))
        until(lambda: children(agent.pid) == [], "the end of the command")
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(30) == 3
        until(lambda: state(left) in ("", "Z"), "the end of what was left")
