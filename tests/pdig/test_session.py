"""A person's session in an interactive shell: the same at the terminal with the tracer as without."""

import difflib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pdig.running import command, pdig, until
from tests.pdig.terminal import Terminal

PROGRAMS = Path(__file__).parent / "programs"
SHELL = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
PROMPT = r"^ready> \Z"
ENVIRONMENT = {"PS1": "ready> ", "PS2": "", "HISTFILE": "", "BASH_SILENCE_DEPRECATION_WARNING": "1"}

SIGNALS = {"\x03", "\x1a", "\x1c"}
"""Ctrl-C, Ctrl-Z and Ctrl-\\."""

WAITING = "sh -c 'echo st''arted; exec sleep 300'\n"
"""A program in the foreground that says when it is there: what is typed before that is the shell's."""

PIPELINES = """\
echo one two | tr a-z A-Z | rev
seq 1 2000 | sort -rn | head -2 | tail -1
yes | head -1; echo ${PIPESTATUS[@]}
false; echo $?
(exit 42); echo $?
sh -c 'kill -9 $$'; echo $?
sh -c 'kill -TERM $$'; echo $?
no-such-command-here; echo $?
/etc/passwd; echo $?
tty < /dev/null; tty | sed 's/[0-9]*$//'
x=$(cat <<< inside); echo $x
trap 'echo caught' USR1; kill -USR1 $$; trap - USR1
sh -c 'trap "exit 5" INT; kill -INT $$; sleep 5'; echo $?
ulimit -c; umask; stty -a | head -1
test -t 0 && test -t 1 && test -t 2 && echo a terminal
cat /proc/self/comm
python3 -c 'import os; print(os.getpgrp() == os.getpid(), os.tcgetpgrp(0) == os.getpgrp())'
"""


def transcript(start: list[str], lines: list[tuple[str, str]]) -> tuple[list[str], int]:
    """Type lines, each followed by what is to appear; return what did, and the exit code of the shell."""
    with Terminal(start, ENVIRONMENT) as terminal:
        seen = [terminal.expect(PROMPT)]
        shell = terminal.foreground
        for keys, pattern in lines:
            if keys in SIGNALS:
                # A shell says which job comes to the foreground before it does; what is typed by then is the shell's.
                until(lambda: terminal.foreground != shell, "a job in the foreground")
            terminal.type(keys)
            seen.append(terminal.expect(pattern))
        terminal.type("exit 3\n")
        code = terminal.wait()
        return re.sub(r"(\[\d+\][ +-]*|\()\d{2,}", r"\1PID", "".join(seen)).split("\n"), code


def both(folder: Path, lines: list[tuple[str, str]], *options: str) -> str:
    """Run a session bare and under pdig-agent; return what both showed. Asserts that there is no difference."""
    elsewhere = ["-o", "stdout_output.enabled=false", "-o", f"file_output={{enabled: true, filename: {folder}/alerts}}"]
    bare = transcript(SHELL, lines)
    traced = transcript([command(), *elsewhere, *options, "--", *SHELL], lines)
    assert "\n".join(difflib.unified_diff(bare[0], traced[0], "bare", "traced", lineterm="")) == ""
    assert traced[1] == bare[1]
    assert bare[1] == 3
    return "\n".join(bare[0])


@pytest.mark.parametrize("options", [(), ("--seccomp=off",)], ids=["filtered", "every-call"])
def test_pipelines_exit_codes_and_the_terminal_are_as_bare(tmp_path: Path, options: tuple[str, ...]) -> None:
    seen = both(tmp_path, [(line + "\n", PROMPT) for line in PIPELINES.splitlines()], *options)
    assert "OWT ENO" in seen
    assert "141 0" in seen
    assert "137" in seen


def test_job_control_is_as_bare(tmp_path: Path) -> None:
    seen = both(
        tmp_path,
        [
            (WAITING, r"^started\n"),
            ("\x1a", PROMPT),  # Ctrl-Z
            ("jobs\n", PROMPT),
            ("bg; jobs\n", PROMPT),
            ("fg\n", r"^sh -c .*\n"),
            ("\x03", PROMPT),  # Ctrl-C
            ("echo $?\n", PROMPT),
            ("(trap 'echo stopping; exit 9' TERM; while :; do sleep 0.05; done) &\n", PROMPT),
            ("sleep 0.3; kill %1; wait %1; echo $?\n", r"^9\n(.*\n)*ready> \Z"),
            ("cat | cat\n", r"cat\n"),
            ("typed\n", r"typed\ntyped\n"),
            ("\x1a", PROMPT),
            ("fg\n", r"^cat \| cat\n"),
            ("more\n", r"more\nmore\n"),
            ("\x04", PROMPT),  # Ctrl-D
            ("sleep 300 & sleep 300 & jobs\n", PROMPT),
            ("kill %1 %2; sleep 0.3; jobs; echo do''ne\n", r"^done\n(.*\n)*ready> \Z"),
            ("sleep 0.1 & wait $!; echo $?\n", r"^0\n(.*\n)*ready> \Z"),
            ("sh -c 'kill -STOP $$; echo went on'\n", PROMPT),
            ("fg\n", r"went on\nready> \Z"),
            (WAITING, r"^started\n"),
            ("\x1c", PROMPT),  # Ctrl-\
            ("echo $?\n", PROMPT),
        ],
    )
    assert "Stopped" in seen
    assert "130" in seen
    assert "131" in seen


def test_a_web_server_and_its_clients_are_as_bare(tmp_path: Path) -> None:
    (tmp_path / "page").write_text("a page\n")
    (tmp_path / "client.py").write_text(
        "import time, urllib.request\n"
        "for attempt in range(200):\n"
        "    try:\n"
        "        page = 'http://127.0.0.1:%d/page' % int(open('port').read())\n"
        "        print([urllib.request.urlopen(page).read() for request in range(20)][-1])\n"
        "        break\n"
        "    except (OSError, ValueError):\n"
        "        time.sleep(0.05)\n"
    )
    (tmp_path / "server.py").write_text(
        "import http.server, pathlib\n"
        "server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\n"
        "pathlib.Path('port').write_text(str(server.server_port))\n"
        "server.serve_forever()\n"
    )
    seen = both(
        tmp_path,
        [
            (f"cd {tmp_path}; rm -f port\n", PROMPT),
            ("python3 server.py 2> log &\n", PROMPT),
            ("python3 client.py\n", r"\nready> \Z"),
            ("kill %1; wait %1; echo $?; grep -c 'GET /page' log\n", r"^20\n(.*\n)*ready> \Z"),
        ],
    )
    assert "b'a page\\n'" in seen


def test_a_compiler_and_what_it_makes_are_as_bare(tmp_path: Path) -> None:
    (tmp_path / "hello.c").write_text('#include <stdio.h>\nint main(void) { puts("built"); return 11; }\n')
    seen = both(
        tmp_path,
        [
            (f"cd {tmp_path}\n", PROMPT),
            ("gcc -O2 -o hello hello.c && ./hello; echo $?\n", r"^11\nready> \Z"),
            ("gcc -c missing.c; echo $?\n", r"^1\nready> \Z"),
        ],
    )
    assert "built" in seen


@pytest.mark.parametrize("options", [(), ("--seccomp=off",)], ids=["filtered", "every-call"])
def test_a_program_of_many_threads_is_as_bare(tmp_path: Path, options: tuple[str, ...]) -> None:
    compiler = shutil.which("rustc")
    if compiler is None:
        pytest.skip("there is no rustc on the PATH: the program is compiled with it")
    program = tmp_path / "many_threads"
    subprocess.run([compiler, "-O", "-o", program, PROGRAMS / "many_threads.rs"], check=True, timeout=300)
    secret = tmp_path / "secret"
    secret.write_text("x" * 1000)
    words = [str(program), str(secret)]
    bare = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (bare.returncode, bare.stdout.splitlines()[1]) == (23, "800000 bytes")
    stats = tmp_path / "stats.json"
    rule = tmp_path / "rule.yaml"
    rule.write_text(
        "- rule: Secret read\n  desc: The file of this test is opened.\n  condition: evt.type in (open, openat) and "
        f"fd.name = {secret}\n  output: secret %thread.tid\n  priority: NOTICE\n"
    )
    traced = pdig(*options, "-r", str(rule), "--stats-file", str(stats), "--", *words)
    assert (traced.returncode, traced.stdout) == (bare.returncode, bare.stdout)
    counted = json.loads(stats.read_text())
    assert counted["alerts_by_rule"] == {"Secret read": 16 * 50}
    assert counted["lost"]["total"] == 0


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_strace_inside_is_refused_by_the_kernel_and_says_so() -> None:
    inside = pdig("--", "strace", "true")
    assert inside.returncode == 1
    assert "Operation not permitted" in inside.stderr


def test_rules_fire_in_a_session() -> None:
    with Terminal([command(), "--", *SHELL], ENVIRONMENT) as terminal:
        terminal.expect(PROMPT)
        terminal.type("cat /etc/shadow > /dev/null\n")
        alert = terminal.expect(r"Warning Password file read .*\n")
        assert "command=cat /etc/shadow" in alert
        terminal.type("exit\n")
        assert terminal.wait() == 0


def test_standard_output_is_the_programs_alone() -> None:
    text = "".join(f"line {number}\n" for number in range(50_000))
    traced = subprocess.run(
        [command(), "--", "sh", "-c", "cat; cat /etc/shadow > /dev/null"],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert traced.stdout == text
    assert "Password file read" in traced.stderr
    assert traced.returncode == 0
