"""What pdig-agent cannot do is said in a sentence, and ends in the exit code that a shell would give."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from drivers.pdig import attach
from tests.pdig.running import command, next_line, pdig, started

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def refusal(*words: str, code: int = 1, **how: object) -> str:
    """Run pdig-agent, which is to refuse; return its one sentence."""
    refused = pdig(*words, **how)
    assert refused.stdout == ""
    assert refused.returncode == code, refused.stderr
    assert re.fullmatch(r"Error: [^\n]+\n", refused.stderr), refused.stderr
    return refused.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "nothing to watch: give a COMMAND behind --"),
        (["--"], "no COMMAND behind --"),
        (["ls", "-l"], "A COMMAND stands behind --: pdig-agent [options] -- ls"),
        (["-p", "0"], "'0' is no process id, which is a whole number from 1"),
        (["-p", "abc"], "'abc' is no process id"),
        (["-p", "-5"], "'-5' is no process id"),
        (["-p", "4194304"], "There is no process 4194304 here; it may have ended"),
        (["-p", "1", "--", "true"], "exclude each other"),
        (["-M", "5", "--", "true"], "a COMMAND is watched until it ends"),
        (["--json", "--", "true"], "--json goes with --print"),
        (["--if-agent-dies", "go-on", "--", "true"], "needs --seccomp=off"),
        (["--print", "-f", "no.field=1", "--", "true"], "no.field"),
        (["--nonsense", "--", "true"], "There is no option --nonsense"),
    ],
)
def test_a_command_line_that_means_nothing(words: list[str], sentence: str) -> None:
    refused = pdig(*words)
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_command_that_is_not_there() -> None:
    assert "no-such-program: there is no such program in PATH." in refusal("--", "no-such-program", code=127)
    assert "/no/such: there is no such program." in refusal("--", "/no/such", code=127)
    assert "is an empty word" in refusal("--", "", code=127)


def test_a_command_that_cannot_be_executed(tmp_path: Path) -> None:
    assert "/tmp is a folder, not a program." in refusal("--", "/tmp", code=126)
    plain = tmp_path / "plain"
    plain.write_text("text")
    assert f"{plain} may not be executed: chmod +x {plain}" in refusal("--", str(plain), code=126)
    plain.chmod(0o755)
    assert "its first line names no interpreter" in refusal("--", str(plain), code=126)
    plain.write_text("#!/no/such/interpreter\n")
    assert "the interpreter that it needs is not there" in refusal("--", str(plain), code=127)


def test_a_process_that_is_traced_already(programs: Path) -> None:
    with started(["sleep", "300"]) as target, started([str(programs / "hold_traced"), str(target.pid)]) as other:
        assert next_line(other.stdout) == "traced\n"
        sentence = refusal("-p", str(target.pid))
    assert f"Process {target.pid} (sleep) is traced by process {other.pid} (hold_traced) already" in sentence


def test_a_process_of_another_user(as_root: None, programs: Path) -> None:
    with started([str(programs / "report_signals")]) as target:
        assert next_line(target.stdout) == "ready\n"
        refused = as_nobody("-p", str(target.pid))
    assert refused.returncode == 1
    assert "it runs as another user (uid 0), and this process has no CAP_SYS_PTRACE" in refused.stderr


def test_a_process_that_may_do_more(as_root: None) -> None:
    # The same user, but the target has capabilities that the tracer lacks.
    words = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", command()]
    with started(["sleep", "300"]) as target:
        refused = subprocess.run([*words, "-p", str(target.pid)], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert "it has more capabilities than this process" in refused.stderr or "Yama" in refused.stderr


def test_itself_and_a_thread() -> None:
    script = f"exec {command()} -p $$"
    own = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60)
    assert own.returncode == 1
    assert "which cannot trace itself" in own.stderr
    code = (
        "import threading, time; t = threading.Thread(target=time.sleep, args=(300,), daemon=True); t.start(); "
        "print(t.native_id, flush=True); time.sleep(300)"
    )
    with started(["python3", "-c", code]) as target:
        tid = next_line(target.stdout).strip()
        assert f"{tid} is a thread of process {target.pid}: give {target.pid}." in refusal("-p", tid)


def test_a_process_that_has_ended_and_is_not_waited_for() -> None:
    with started(["sh", "-c", "sleep 0 & echo $!; exec sleep 300"]) as parent:
        pid = next_line(parent.stdout).strip()
        assert f"There is no process {pid} here; it may have ended" in refusal("-p", pid)


@pytest.mark.parametrize(
    ("scope", "sentence"),
    [
        (1, "its own descendants only (kernel.yama.ptrace_scope is 1)"),
        (2, "only processes with CAP_SYS_PTRACE trace (kernel.yama.ptrace_scope is 2)"),
        (3, "nobody trace until the next boot (kernel.yama.ptrace_scope is 3)"),
    ],
)
def test_yama_is_named(tmp_path: Path, scope: int, sentence: str) -> None:
    setting = tmp_path / "ptrace_scope"
    setting.write_text(f"{scope}\n")
    assert sentence in str(attach.forbidden_by_yama(attach.yama_scope(setting)))


@pytest.mark.parametrize("text", ["0\n", "", "text\n", None])
def test_yama_that_forbids_nothing_is_not_named(tmp_path: Path, text: str | None) -> None:
    setting = tmp_path / "ptrace_scope"
    if text is not None:
        setting.write_text(text)
    assert attach.forbidden_by_yama(attach.yama_scope(setting)) is None


def test_a_missing_library(tmp_path: Path) -> None:
    (tmp_path / "ptrace.py").write_text("raise ImportError('not installed')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    assert "pdig-agent needs python-ptrace: pip install 'agent[pdig]'" in refusal("--", "true", env=environment)
    refused = subprocess.run(
        [command("agent"), "--pdig", "-p", str(os.getpid())],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode == 1
    assert "needs python-ptrace" in refused.stderr


def test_the_agent_with_pdig_wants_a_process() -> None:
    refused = subprocess.run([command("agent"), "--pdig"], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert "name one with --pid PID" in refused.stderr
    twice = subprocess.run(
        [command("agent"), "--pdig", "-p", "1", "--scope", "pid:1"], capture_output=True, text=True, timeout=60
    )
    assert "--pid 1 means --scope pid:1: give one of" in twice.stderr
    bad = subprocess.run([command("agent"), "--pdig", "-p", "abc"], capture_output=True, text=True, timeout=60)
    assert "--pid abc: a pid is a whole number from 1 to 4194304." in bad.stderr


@pytest.mark.parametrize("options", [[], ["--seccomp=off"]], ids=["filtered", "every-call"])
def test_a_program_under_a_filter_of_its_own_works(programs: Path, options: list[str]) -> None:
    words = [str(programs / "refusing_filter")]
    bare = subprocess.run(words, capture_output=True, text=True, timeout=60)
    traced = pdig(*options, "--", *words)
    assert traced.stdout == bare.stdout
    assert "as the filter says" in bare.stdout
    assert "signal 31" in bare.stdout
    assert "Password file read" in traced.stderr


def as_nobody(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*NOBODY, command(), *words], capture_output=True, text=True, timeout=60)
