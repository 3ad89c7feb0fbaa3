"""Attaching to programs that run: they are seen from then on, and go on as if nothing had been when the tracer goes."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pdig.running import command, descendants, next_line, started, state, status, threads, tracer, until

ALERT = "Password file read"


class Busy:
    """A tree of processes and threads that work; it says how far it has come."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.rounds = 0
        self.last = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def tids(self) -> list[int]:
        """All threads of the tree."""
        return [tid for pid in (self.process.pid, *descendants(self.process.pid)) for tid in threads(pid)]

    def works(self, what: str) -> None:
        """Wait until more is done. Raises AssertionError when nothing is."""
        before = self.rounds
        until(lambda: self.rounds > before + 5, what)

    def end(self) -> None:
        """Ask for the end, and assert that all went well."""
        self.process.terminate()
        assert self.process.wait(30) == 0
        self._reader.join(10)
        assert self.last == "failed: 0"

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.last = line.strip()
            if self.last.isdigit():
                self.rounds = int(self.last)


@pytest.fixture
def busy(programs: Path) -> Iterator[Busy]:
    with started([str(programs / "busy_tree")], start_new_session=True) as process:
        tree = Busy(process)
        tree.works("work")
        yield tree
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def traced(tree: Busy, agent: int) -> bool:
    return all(tracer(tid) in threads(agent) for tid in tree.tids if state(tid) not in ("", "Z"))


def is_free(tree: Busy) -> bool:
    return all(tracer(tid) == 0 and state(tid) not in ("t", "T") for tid in tree.tids)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_running_tree_is_traced_and_let_go(busy: Busy, number: signal.Signals) -> None:
    with started([command(), "-p", str(busy.process.pid)]) as agent:
        until(lambda: len(busy.tids) > 6 and traced(busy, agent.pid), "all threads traced")
        busy.works("work under the tracer")
        agent.send_signal(number)
        assert agent.wait(30) == 0
        assert agent.stderr is not None
        assert agent.stderr.read() == ""
    until(lambda: is_free(busy), "freedom", 2)
    busy.works("work after the tracer")
    busy.end()


def test_a_killed_tracer_leaves_nothing_stopped(busy: Busy) -> None:
    for _ in range(8):
        with started([command(), "-p", str(busy.process.pid)]) as agent:
            until(lambda agent=agent: traced(busy, agent.pid), "all threads traced")
            busy.works("work under the tracer")
            agent.kill()
            agent.wait(30)
        until(lambda: is_free(busy), "freedom", 2)
        busy.works("work after the tracer")
    busy.end()


def test_what_is_attached_to_ends_with_the_tracer_if_asked_for(busy: Busy) -> None:
    with started([command(), "--if-agent-dies", "end", "-p", str(busy.process.pid)]) as agent:
        until(lambda: traced(busy, agent.pid), "all threads traced")
        agent.kill()
        assert busy.process.wait(30) == -signal.SIGKILL


@pytest.mark.parametrize("options", [[], ["--seccomp=off"], ["--if-agent-dies", "end"]])
def test_a_command_ends_with_the_tracer(options: list[str]) -> None:
    with started([command(), *options, "--", "sh", "-c", "sleep 300 & echo $$ $!; wait"]) as agent:
        pids = [int(word) for word in next_line(agent.stdout).split()]
        assert all(tracer(pid) for pid in pids)
        agent.kill()
        until(lambda: all(state(pid) in ("", "Z") for pid in pids), "the end of the command")


def test_a_command_goes_on_without_the_tracer_if_asked_for() -> None:
    words = [command(), "--seccomp=off", "--if-agent-dies", "go-on", "--", "sh", "-c", "echo $$; read line; echo $line"]
    with started(words, stdin=subprocess.PIPE) as agent:
        assert agent.stdin is not None
        pid = int(next_line(agent.stdout))
        assert tracer(pid)
        agent.kill()
        agent.wait(30)
        until(lambda: state(pid) == "S" and tracer(pid) == 0, "freedom")
        print("still here", file=agent.stdin, flush=True)
        assert next_line(agent.stdout) == "still here\n"


def test_a_stopped_process_stays_stopped() -> None:
    with started(["sleep", "300"]) as target:
        os.kill(target.pid, signal.SIGSTOP)
        until(lambda: state(target.pid) == "T", "the stop")
        with started([command(), "-p", str(target.pid)]) as agent:
            until(lambda: tracer(target.pid) != 0, "the tracer")
            time.sleep(0.3)
            agent.send_signal(signal.SIGINT)
            assert agent.wait(30) == 0
        until(lambda: state(target.pid) == "T" and tracer(target.pid) == 0, "the stop of old")
        os.kill(target.pid, signal.SIGCONT)
        until(lambda: state(target.pid) == "S", "going on")


@pytest.mark.parametrize(
    "words", [[command(), "-p"], [command("agent"), "--pdig", "-p"], [command("agent"), "--pdig", "--pid"]]
)
def test_rules_fire_on_what_is_attached_to(words: list[str]) -> None:
    script = "while ! read line < $0; do sleep 0.05; done; cat /etc/shadow > /dev/null; exit 3"
    fifo = f"/tmp/pdig-test-{os.getpid()}"
    os.mkfifo(fifo)
    try:
        with started(["sh", "-c", script, fifo]) as target, started([*words, str(target.pid)]) as agent:
            until(lambda: tracer(target.pid) != 0, "the tracer")
            Path(fifo).write_text("go\n")
            assert target.wait(30) == 3
            assert agent.wait(30) == 0  # nothing is left to watch
            assert agent.stdout is not None
            assert agent.stderr is not None
            assert ALERT in agent.stdout.read() + agent.stderr.read()
    finally:
        os.unlink(fifo)


def test_a_name_is_waited_for_and_found_again_after_a_restart(tmp_path: Path) -> None:
    program = tmp_path / f"waited-{os.getpid()}"  # nobody else may wait for it
    shutil.copy("/bin/sleep", program)
    shown = ["--print", "--json", "--format", "%proc.name", "-f", "evt.type=procexit"]
    with started([command(), *shown, "--wait-for", program.name]) as agent:
        for _ in range(3):
            # The name is that of a later program of the same process.
            with started(["sh", "-c", f"sleep 0.3; exec {program} 300"]) as target:
                until(lambda target=target: tracer(target.pid) != 0, "the tracer", 20)
                time.sleep(0.3)  # by now /proc has been read
                target.terminate()
                assert target.wait(30) == -signal.SIGTERM
            assert json.loads(next_line(agent.stderr))["proc.name"] == program.name[:15]
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(30) == 0


def test_watching_ends_after_the_time_that_is_given() -> None:
    with started(["sleep", "300"]) as target, started([command(), "-M", "0.5", "-p", str(target.pid)]) as agent:
        assert agent.wait(30) == 0
        assert status(target.pid)["TracerPid"] == "0"
