"""What `pdig-agent` says of command lines that cannot be meant, and that the command's exit code is always its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.programs import compile_program
from tests.pdig.running import command, next_line, pdig, started, threads, tracer, until

PROGRAMS = Path(__file__).parent / "programs"
# Leaves a file for each standard stream that is closed.
CLOSED = """\
import os, sys
for number in [number for number in (0, 1, 2) if not os.path.exists(f"/proc/self/fd/{number}")]:
    os.mknod(f"{sys.argv[1]}/{number}")
os._exit(7)
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--wait-fr", "nginx"], "did you mean --wait-for?"),
        (["-V", "rules.yaml"], "`agent -V FILE` checks rules"),
        (["-e", "x.scap"], "`agent read FILE`"),
        (["ls", "-l"], "A COMMAND stands behind --: pdig-agent [options] -- ls -l"),
        (["--wait-for", ""], "a name is that of a program"),
        (["--wait-for", "/usr/sbin/nginx"], "a name is that of a program"),
        (["--", ""], "is an empty word"),
        (["--print", "-w", "x", "--", "true"], "--print and -w exclude each other"),
        (["-r", "/dev/null", "--print", "--", "true"], "-r goes with alerts"),
        (["--print", "--stats-file", "x", "--", "true"], "--stats-file goes with alerts"),
        (["-w", "-", "--", "true"], "-w - would mix the capture file with what the COMMAND writes"),
        (["-o", "engine.kind=kmod", "--", "true"], "whatever engine.kind says"),
        (["--", "A=1", "true"], "pdig-agent -- env A=1 COMMAND"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_could(words: list[str], said: str) -> None:
    refused = pdig(*words)
    assert refused.returncode != 0
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_file_that_cannot_be_written_is_said_before_the_command_starts(tmp_path: Path) -> None:
    for path in (tmp_path / "absent/out.scap", tmp_path):
        mark = tmp_path / "started"
        refused = pdig("-w", str(path), "--", "touch", str(mark))
        assert refused.returncode == 1
        assert f"-w {path}" in refused.stderr
        assert not mark.exists()


def test_an_interpreter_that_is_not_there_is_named(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    refused = pdig("--", str(script))
    assert refused.returncode == 127
    assert "the interpreter that it needs is not there: /no/such/interpreter" in refused.stderr


@pytest.mark.parametrize("closed", [(2,), (1,), (1, 2), (0, 1, 2)])
def test_closed_streams_stay_closed_and_the_exit_code_is_the_commands(closed: tuple[int, ...], tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    program = tmp_path / "program.py"
    program.write_text(CLOSED)

    def close() -> None:
        for number in closed:
            os.close(number)

    for words in ([command(), "--"], [command(), "--print", "--"]):
        for path in marks.iterdir():
            path.unlink()
        ended = subprocess.run(
            [*words, sys.executable, "-S", program, marks], preexec_fn=close, timeout=60, check=False
        )
        assert ended.returncode == 7
        assert sorted(path.name for path in marks.iterdir()) == [str(number) for number in closed]


def test_a_pipe_that_nobody_reads_any_more_ends_neither_the_command_nor_its_exit_code(tmp_path: Path) -> None:
    mark = tmp_path / "went-on"
    calls = "for i in $(seq 300); do : < /dev/null; done"
    script = f"{calls}; sleep 0.5; {calls}; touch {mark}; exit 5"
    with started([command(), "--print", "--", "bash", "-c", script]) as process:
        assert process.stderr is not None
        next_line(process.stderr)
        process.stderr.close()
        process.stderr = None
        assert process.wait(60) == 5
    assert mark.exists()


def test_a_reader_of_alerts_that_goes_away_ends_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    script = "cat /etc/shadow > /dev/null; sleep 0.5; cat /etc/shadow > /dev/null; sleep 0.3; echo past; exit 9"
    ended = pdig("--", "sh", "-c", script, capture_output=False, stdout=subprocess.PIPE, stderr=writer)
    os.close(writer)
    assert (ended.returncode, ended.stdout) == (9, "past\n")


def test_an_alert_that_cannot_be_written_leaves_the_exit_code(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    options = [
        "-o",
        "stdout_output.enabled=false",
        "-o",
        "file_output.enabled=true",
        "-o",
        "file_output.filename=/dev/full",
    ]
    ended = pdig(*options, "--", "sh", "-c", "cat /etc/shadow > /dev/null; sleep 1; exit 5")
    assert ended.returncode == 5
    assert "Error: " in ended.stderr


def test_attaching_and_the_end_of_what_was_watched_are_said() -> None:
    with started(["sleep", "60"]) as sleeper, started([command(), "-v", "-p", str(sleeper.pid)]) as process:
        said = ""
        while "ready in" not in said:
            said += next_line(process.stderr)
        assert f"pdig-agent: attached to process {sleeper.pid} (sleep), 1 thread\n" in said
        sleeper.kill()
        assert next_line(process.stderr) == "pdig-agent: all that was watched has ended\n"
        assert process.wait(30) == 0


@pytest.mark.parametrize("way", ["pid", "name"])
def test_a_process_whose_first_thread_has_ended_is_watched(tmp_path: Path, way: str) -> None:
    program = compile_program(PROGRAMS / "leader_ends.c", tmp_path)
    # Nobody else may wait for the name.
    program = program.rename(tmp_path / f"alone-{os.getpid()}")
    secret = tmp_path / "secret"
    secret.touch()
    with started([str(program), str(secret)], stdin=subprocess.PIPE) as subject:
        until(lambda: Path(f"/proc/{subject.pid}/stat").read_text().split()[2] == "Z", "the first thread ends")
        which = ["-p", str(subject.pid)] if way == "pid" else ["--wait-for", program.name]
        words = ["--print", "-f", "evt.type=openat and fd.name contains secret"]
        with started([command(), *words, *which]) as process:
            until(lambda: any(tracer(tid) for tid in threads(subject.pid)), "attaching")
            assert subject.stdin is not None
            subject.stdin.write("go\n")
            subject.stdin.flush()
            assert str(secret) in next_line(process.stderr)


@pytest.mark.parametrize("name", ["ABRT", "SEGV", "BUS", "FPE", "ILL", "TRAP", "SYS"])
def test_a_signal_of_faults_is_handed_on(name: str) -> None:
    script = (
        f"import os, signal, time; signal.signal(signal.SIG{name}, lambda *_: os._exit(9)); print('ready', flush=True)"
    )
    with started([command(), "--", sys.executable, "-c", f"{script}\nwhile True: time.sleep(0.05)"]) as process:
        assert next_line(process.stdout) == "ready\n"
        process.send_signal(getattr(signal, f"SIG{name}"))
        assert process.wait(30) == 9


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--pdig", "--", "ls", "-l"], "to start one: pdig-agent -- ls -l"),
        (["watch", "-p", "1234"], "--pid 1234 watches one process"),
        (["capture", "-w", "x", "-p", "1234"], "--pid PID captures one process"),
    ],
)
def test_the_agent_points_to_what_is_meant(words: list[str], sentence: str) -> None:
    refused = subprocess.run([command("agent"), *words], capture_output=True, text=True, timeout=60)
    assert (refused.returncode, sentence in refused.stderr) == (1, True), refused.stderr


def test_a_failure_is_told_of_at_once_and_the_command_goes_on() -> None:
    busy = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); test -e /x; done; read line; echo past; exit 7"
    with started([command(), "-w", "/dev/full", "--", "sh", "-c", busy], stdin=subprocess.PIPE) as agent:
        assert "No space left on device" in next_line(agent.stderr)
        assert agent.poll() is None
        assert agent.stdin is not None
        print("go", file=agent.stdin, flush=True)
        assert next_line(agent.stdout) == "past\n"
        assert agent.wait(30) == 7


def test_what_may_not_be_looked_into_is_said_once_and_counted(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("a program that may not be read is made by root, and run as somebody else")
    folder = tmp_path
    for parent in (folder, *folder.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o055)
    program = compile_program(PROGRAMS / "unreadable.c", folder)
    program.chmod(0o111)
    stats = folder / "stats"
    stats.mkdir()
    os.chown(stats, 65534, 65534)
    dropped = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
    ended = subprocess.run(
        [*dropped, command(), "--seccomp=off", "--stats-file", str(stats / "s.json"), "--", str(program)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("does not let this process read the memory of process") == 1
    assert "reads of a traced process's memory that the kernel forbids" in ended.stderr
