"""`pdig-agent -- COMMAND` as a job of an interactive shell: it stops, goes on and ends as the command alone would."""

import os
import signal
from pathlib import Path

from tests.pdig.running import command, descendants, state, tracer, until
from tests.pdig.terminal import Terminal
from tests.pdig.test_session import ENVIRONMENT, PROMPT, SHELL, WAITING, transcript

QUIET = f"{command()} -o stdout_output.enabled=false -o file_output.enabled=true -o file_output.filename=/dev/null --"


def test_a_traced_job_is_as_a_bare_one() -> None:
    lines = [
        ("$RUN " + WAITING, r"^started\n"),
        ("\x1a", PROMPT),
        ("jobs\n", PROMPT),
        ("fg\n", r"^\$RUN sh -c .*\n"),
        ("\x1a", PROMPT),
        ("bg\n", PROMPT),
        ("jobs\n", PROMPT),
        ("fg\n", r"^\$RUN sh -c .*\n"),
        ("\x03", PROMPT),
        ("echo $?\n", PROMPT),
        ("$RUN " + WAITING, r"^started\n"),
        ("\x1c", PROMPT),
        ("echo $?\n", PROMPT),
        ("$RUN sleep 300 &\n", PROMPT),
        ("sleep 1.5; kill %1; wait %1; echo $?\n", r"^143\n(.*\n)*ready> \Z"),
        ("$RUN sh -c 'trap \"echo once; exit 8\" INT; echo st''arted; while :; do sleep 0.1; done'\n", r"^started\n"),
        ("\x03", PROMPT),
        ("echo $?\n", PROMPT),
        ("$RUN cat\n", r"cat\n"),
        ("typed\n", r"typed\ntyped\n"),
        ("\x04", PROMPT),
        ("echo piped | $RUN cat | $RUN tr a-z A-Z; echo $?\n", r"^0\nready> \Z"),
    ]
    (bare, bare_code), (traced, code) = (transcript(["env", f"RUN={run}", *SHELL], lines) for run in ("command", QUIET))
    assert traced == bare
    assert code == bare_code == 3


def test_a_traced_shell_can_suspend_itself() -> None:
    lines = [
        ("$RUN bash --norc --noprofile --noediting -i\n", PROMPT),
        ("PS1='inner> '\n", r"^inner> \Z"),
        ("suspend\n", PROMPT),
        ("jobs\n", PROMPT),
        ("fg\n", r"inner> \Z"),
        ("echo in''side; tty | sed 's/[0-9]*$//'\n", r"^inside\n.*\ninner> \Z"),
        ("exit 6\n", PROMPT),
        ("echo $?\n", PROMPT),
    ]
    (bare, _), (traced, _) = (transcript(["env", f"RUN={run}", *SHELL], lines) for run in ("command", QUIET))
    assert [line for line in traced if line != "inner> "] == [line for line in bare if line != "inner> "]


def test_who_continues_the_stopped_agent_continues_the_command() -> None:
    with Terminal(["env", f"RUN={QUIET}", *SHELL], ENVIRONMENT) as terminal:
        terminal.expect(PROMPT)
        terminal.type("$RUN " + WAITING)
        terminal.expect(r"^started\n")
        terminal.type("\x1a")
        terminal.expect(PROMPT)
        agent, sleeping = (pid for pid in descendants(terminal.pid) if state(pid) in "Tt")
        assert tracer(sleeping) != 0
        os.kill(agent, signal.SIGCONT)
        until(lambda: state(sleeping) == "S", "the command going on")
        os.kill(agent, signal.SIGTERM)
        until(lambda: state(sleeping) in ("", "Z"), "the end of the command")


def test_a_command_without_a_shell_above_is_stopped_alone(tmp_path: Path) -> None:
    # Nobody would continue the agent: it is the leader of its session.
    with Terminal([*QUIET.split(), "sh", "-c", "echo started; exec sleep 300"]) as terminal:
        terminal.expect(r"^started\n")
        (sleeping,) = descendants(terminal.pid)
        until(lambda: (Path(f"/proc/{sleeping}/comm").read_text()) == "sleep\n", "sleep")
        os.kill(sleeping, signal.SIGSTOP)
        until(lambda: state(sleeping) in "Tt", "the stop")
        os.kill(sleeping, signal.SIGCONT)
        until(lambda: state(sleeping) == "S", "the command going on")
        assert state(terminal.pid) == "S"
        os.kill(sleeping, signal.SIGINT)
        assert terminal.wait() == -signal.SIGINT


def test_a_terminal_that_hangs_up_ends_the_command() -> None:
    with Terminal([*QUIET.split(), "sh", "-c", "echo started; exec sleep 300"]) as terminal:
        terminal.expect(r"^started\n")
        (sleeping,) = descendants(terminal.pid)
        terminal.hang_up()
        until(lambda: state(sleeping) in ("", "Z"), "the end of the command")
