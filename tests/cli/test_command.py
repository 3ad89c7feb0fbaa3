"""The `agent` command as a person meets it: what it prints where, and how it exits."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import agent
from agent.schema.fields import FIELDS

GOOD_RULES = """\
- rule: Hosts read
  desc: Somebody reads the hosts file.
  condition: evt.type = openat and fd.name = /etc/hosts
  output: hosts read (file=%fd.name)
  priority: WARNING
  tags: [file]
- rule: Shell started
  desc: A shell starts.
  condition: evt.type = execve and proc.name = sh
  output: shell started (name=%proc.name)
  priority: NOTICE
  tags: [process]
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(GOOD_RULES)
    return path


def command(*arguments: object) -> list[str]:
    """Return the command line of the agent with the stand-in for the native module."""
    return [sys.executable, "-m", "tests.cli.fake_engine", *map(str, arguments)]


def environment(steps: list[dict[str, object]] | None = None) -> dict[str, str]:
    return {**os.environ, "FAKE_ENGINE": json.dumps(steps or []), "LC_ALL": "C.UTF-8"}


def run(*arguments: object, steps: list[dict[str, object]] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=environment(steps),
        capture_output=True,
        text=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def error_of(result: subprocess.CompletedProcess[str]) -> str:
    """Assert that a run failed as a person should see it, and return the message."""
    assert result.returncode == 1, result
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    message = result.stderr[result.stderr.index("Error: ") :]
    assert message.endswith("\n")
    return message.strip()


needs_ebpf = pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/sys/kernel/btf/vmlinux").exists(),
    reason="the checks before the opening need root and a kernel with BTF",
)


def test_help_teaches_by_examples() -> None:
    result = run("--help")
    assert result.returncode == 0
    assert "agent --modern-bpf -p 1234" in result.stdout
    assert "-o KEY=VALUE" in result.stdout


def test_version_as_text_and_json() -> None:
    text = run("--version")
    assert text.returncode == 0
    assert text.stdout.startswith(f"agent {agent.__version__}\n")
    parsed = json.loads(run("--version", "-o", "json_output=true").stdout)
    assert parsed["agent_version"] == agent.__version__
    assert set(parsed) >= {"core_version", "kernel_release", "python_version", "architecture"}


def test_list_shows_fields_by_class() -> None:
    result = run("--list")
    assert result.returncode == 0
    assert "\nprocess\n-------\n" in result.stdout
    assert re.search(r"^  proc\.aname\[n\]  \(CHARBUF, argument optional, ", result.stdout, re.MULTILINE)


def test_list_names_only() -> None:
    names = run("--list", "-N").stdout.split()
    assert {"evt.type", "proc.name", "fd.name", "user.name"} <= set(names) <= set(FIELDS)
    assert run("--list", "syscall", "-N").stdout.split() == names


def test_list_takes_its_form_from_the_option_or_the_configuration() -> None:
    by_option = json.loads(run("--list", "--format", "json").stdout)
    assert json.loads(run("--list", "-o", "json_output=true").stdout) == by_option
    assert run("--list", "--format", "text", "-o", "json_output=true").stdout.startswith("evt\n---\n")
    assert run("--list", "--markdown").stdout == run("--list", "--format", "markdown").stdout


def test_list_of_an_unknown_source() -> None:
    assert error_of(run("--list", "k8s_audit")) == (
        "Error: --list k8s_audit: no such event source; this version has syscall."
    )


def test_all_rules_are_described(rules: Path) -> None:
    text = run("-r", rules, "-L")
    assert text.returncode == 0
    assert text.stdout.startswith("2 rules, 0 macros, 0 lists\n\nHosts read\n    Warning, file\n    Somebody reads the")
    data = json.loads(run("-r", rules, "-L", "-o", "json_output=true").stdout)
    assert [entry["info"]["name"] for entry in data["rules"]] == ["Hosts read", "Shell started"]
    assert set(data) == {"required_engine_version", "required_plugin_versions", "rules", "macros", "lists"}


def test_selected_rules_are_described_as_such(rules: Path, tmp_path: Path) -> None:
    config = tmp_path / "agent.yaml"
    config.write_text(f"rules_files: [{rules}]\nrules: [{{disable: {{tag: file}}}}]\njson_output: true\n")
    data = json.loads(run("-c", config, "-L").stdout)
    assert [entry["info"]["enabled"] for entry in data["rules"]] == [False, True]


def test_one_rule_is_described(rules: Path) -> None:
    text = run("-r", rules, "-l", "Shell started")
    assert text.stdout.startswith("Shell started\n=============\nA shell starts.\n")
    assert f"  defined in    {rules}:7\n" in text.stdout
    data = json.loads(run("-r", rules, "-l", "Shell started", "-o", "json_output=true").stdout)
    [rule] = data["rules"]
    assert set(data) == {"rules"}
    assert rule["details"]["events"] == ["execve"]


def test_a_rule_that_is_not_there(rules: Path) -> None:
    assert error_of(run("-r", rules, "-l", "shell start")) == (
        "Error: There is no rule 'shell start': did you mean 'Shell started'?"
    )
    assert error_of(run("-r", rules, "-l", "zzz")) == "Error: There is no rule 'zzz': `agent -L` lists all rules."
    assert "exclude each other" in error_of(run("-r", rules, "-L", "-l", "Shell started"))


def test_validated_rules_may_be_described(rules: Path, tmp_path: Path) -> None:
    data = json.loads(run("-V", rules, "-l", "Hosts read", "-o", "json_output=true").stdout)
    assert data["agent_load_results"][0]["successful"] is True
    assert data["agent_load_results"][0]["schema_valid"] is True
    assert [entry["info"]["name"] for entry in data["agent_describe_results"]["rules"]] == ["Hosts read"]
    bad = tmp_path / "bad.yaml"
    bad.write_text("- rule: R\n")
    failed = run("-V", bad, "-L", "-o", "json_output=true")
    assert failed.returncode == 1
    assert set(json.loads(failed.stdout)) == {"agent_load_results"}
    assert run("-V", rules, "-L").stdout.startswith(f"{rules}: Ok\n\n2 rules, ")


def test_schema_of_rule_files() -> None:
    schema = json.loads(run("--rule-schema").stdout)
    assert schema["$schema"].startswith("http://json-schema.org/draft-06")
    assert "skip-if-unknown-filter" in schema["definitions"]["rule"]["properties"]


def test_severe_rules_alone_are_used(rules: Path) -> None:
    everything = run("-r", rules, "--dry-run")
    severe = run("-r", rules, "--dry-run", "-o", "priority=warning")
    assert "2 rules loaded" in everything.stdout + everything.stderr
    assert "1 rule loaded" in severe.stdout + severe.stderr


@pytest.mark.parametrize(
    ("entries", "count"),
    [
        ("[{disable: {rule: '*'}}, {enable: {rule: 'Shell*'}}]", "1 rule loaded"),
        ("[{disable: {rule: '*read'}}, {disable: {tag: process}}]", "0 rules loaded"),
        ("[{disable: {rule: Hosts}}]", "2 rules loaded"),
        ("[{disable: {rule: '*', tag: file}}]", "1 rule loaded"),
    ],
)
def test_entries_of_rules_select_in_order(rules: Path, entries: str, count: str, tmp_path: Path) -> None:
    config = tmp_path / "agent.yaml"
    config.write_text(f"rules: {entries}\n")
    result = run("-c", config, "-r", rules, "--dry-run")
    assert count in result.stdout + result.stderr


def test_reader_of_a_listing_may_leave_early() -> None:
    with subprocess.Popen(
        [*command("--list")], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--nonsense"], "--nonsense"),
        (["-M", "soon"], "'soon' is not a number of seconds"),
        (["-M", "0"], "greater than zero"),
        (["-M", "nan"], "greater than zero"),
        (["-N"], "-N goes with --list"),
        (["--format", "json"], "--format goes with --list"),
        (["--list", "--markdown", "--format", "json"], "--markdown and --format exclude each other"),
        (["-c", "/no/such.yaml"], "The configuration /no/such.yaml cannot be read: No such file or directory."),
        (["-o", "json_output"], "key=value"),
        (["-o", "rule_matching=sometimes"], "-o rule_matching=sometimes: rule_matching takes first or all"),
        (["--scope", "planet:earth"], "'planet' is not a kind of scope"),
        (["--scope", "pid:4194304"], "there is no process 4194304"),
        (["-r", "/no/such/rules"], "/no/such/rules: error: there is no such file or folder"),
        (["-o", "engine.kind=pdig", "--dry-run"], "name one with --pid PID"),
        (["--bpf", "--kmod"], "give one of them"),
        (["-o", "stdout_output.enabled=false"], "No output is enabled"),
        (["-o", "file_output={enabled: true, filename: /no/dir/x}"], "file_output: /no/dir/x cannot be opened"),
        (["--stats-file", "/no/dir/x"], "--stats-file /no/dir/x cannot be written: No such file or directory."),
    ],
)
@needs_ebpf
def test_what_cannot_be_done_is_a_sentence(arguments: list[str], says: str) -> None:
    assert says in error_of(run(*arguments))


def test_faulty_rule_is_shown_at_its_place_and_nothing_starts(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD_RULES.replace("fd.name = /etc", "fd.nmae = /etc"))
    message = error_of(run("-r", path, steps=[{"refuse": "the driver was opened"}]))
    assert message.startswith("Error: There is an error in the rules, so nothing was started.\n")
    assert f"{path}:3:36: error:" in message
    assert "fd.nmae" in message
    assert "did you mean" in message
    lines = message.splitlines()
    caret = next(number for number, line in enumerate(lines) if line.strip() == "^")
    assert lines[caret - 1][lines[caret].index("^") :].startswith("fd.nmae")


def test_validate(rules: Path, tmp_path: Path) -> None:
    good = run("-V", rules)
    assert (good.returncode, good.stdout) == (0, f"{rules}: Ok\n")
    bad = tmp_path / "bad.yaml"
    bad.write_text("- rule: x\n")
    both = run("-V", rules, "-V", bad)
    assert both.returncode == 1
    assert f"{bad}: Invalid" in both.stdout
    as_json = json.loads(run("-V", bad, "-o", "json_output=true").stdout)
    assert "false" in json.dumps(as_json)


def test_validate_an_empty_folder(tmp_path: Path) -> None:
    assert "no .yaml or .yml files" in error_of(run("-V", tmp_path))


def test_folder_without_rule_files_is_warned_about(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not rules")
    result = run("-r", tmp_path, "--dry-run")
    assert result.returncode == 0
    assert "Warning: No rule is used" in result.stderr


def test_dry_run_starts_nothing(rules: Path) -> None:
    result = run("-r", rules, "--dry-run", steps=[{"refuse": "the driver was opened"}])
    assert (result.returncode, result.stdout) == (0, "")
    assert "2 rules loaded; nothing was started" in result.stderr


@needs_ebpf
def test_run_prints_alerts_on_stdout_and_its_story_on_stderr(rules: Path, tmp_path: Path) -> None:
    stats = tmp_path / "stats.json"
    steps: list[dict[str, object]] = [{"alerts": ["one", "two"]}, {"alerts": ["drei: ü"]}]
    result = run("-r", rules, "-M", "0.3", "--stats-file", stats, steps=steps)
    assert result.returncode == 0
    assert result.stdout == "one\ntwo\ndrei: ü\n"
    first, *rest = result.stderr.splitlines()
    assert re.fullmatch(
        rf"agent {re.escape(agent.__version__)}: modern_ebpf on Linux 6\.1\.0, 2 rules "
        r"\(7 system calls selected\), the whole host, ready in \d+\.\d\d s",
        first,
    )
    assert re.match(r"agent: stopped after 0\.[3-9] s", rest[0])
    assert any(re.fullmatch(r" +3  Hosts read", line) for line in rest)
    assert any(re.fullmatch(r" +2  by category: file", line) for line in rest)
    counters = json.loads(stats.read_text())
    assert (counters["alerts"], counters["lost"]["total"], counters["undelivered"]) == (3, 2, 0)
    assert stats.stat().st_mode & 0o777 == 0o600


@needs_ebpf
def test_rules_can_be_switched_off(rules: Path) -> None:
    options = ["-o", "rules[]={disable: {tag: file}}", "-o", "rules[]={disable: {rule: 'None *'}}"]
    result = run("-r", rules, "--dry-run", *options)
    assert "1 rule loaded" in result.stderr
    assert "no rule has the name 'None *'" in result.stderr
    assert "1 rule loaded" in run("-r", rules, "--dry-run", "-o", "priority=warning").stderr
    enabled = ["-o", "rules[]={disable: {rule: '*'}}", "-o", "rules[]={enable: {rule: 'Shell *', tag: process}}"]
    assert "1 rule loaded" in run("-r", rules, "--dry-run", *enabled).stderr


@needs_ebpf
def test_refused_opening_is_the_sentence_of_the_driver(rules: Path) -> None:
    steps: list[dict[str, object]] = [{"refuse": "The kernel refused X because of Y; try Z."}]
    assert error_of(run("--modern-bpf", "-r", rules, steps=steps)) == "Error: The kernel refused X because of Y; try Z."


@needs_ebpf
def test_lost_source_ends_the_run_with_its_summary(rules: Path) -> None:
    steps: list[dict[str, object]] = [{"alerts": ["one"]}, {"lost": "the ring is gone"}]
    result = run("-r", rules, steps=steps)
    assert result.returncode == 1
    assert result.stdout == "one\n"
    assert "stopped after" in result.stderr
    assert result.stderr.endswith("Error: The capture ended: the ring is gone\n")


@needs_ebpf
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_the_run_in_order(rules: Path, number: int) -> None:
    with subprocess.Popen(
        command("-r", rules),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # The tests themselves may run where it is ignored (nohup), which a program inherits.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    ) as process:
        assert process.stderr is not None
        try:
            assert "ready in" in process.stderr.readline()
            process.send_signal(number)
            assert process.wait(5) == 0
            assert "stopped after" in process.stderr.read()
        finally:
            process.kill()


@needs_ebpf
@pytest.mark.parametrize("buffered", [[], ["-U", "-o", "buffered_outputs=true"]])
def test_alert_is_with_the_reader_of_a_pipe_at_once(rules: Path, buffered: list[str]) -> None:
    steps: list[dict[str, object]] = [{"wait": 0.3}, {"alerts": ["now"]}, {"wait": 5}]
    with subprocess.Popen(
        command("-r", rules, *buffered),
        env=environment(steps),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert "ready in" in process.stderr.readline()
        began = time.monotonic()
        assert process.stdout.readline() == "now\n"
        assert time.monotonic() - began < 2.0
        process.kill()


@needs_ebpf
def test_buffered_outputs_gather(rules: Path) -> None:
    steps: list[dict[str, object]] = [{"alerts": ["now"]}, {"wait": 0.6}]
    with subprocess.Popen(
        command("-r", rules, "-M", "0.6", "-o", "buffered_outputs=true"),
        env=environment(steps),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read() == b"now\n"
        assert process.wait(5) == 0


@needs_ebpf
def test_vanished_reader_ends_the_run_with_a_sentence(rules: Path) -> None:
    steps: list[dict[str, object]] = [{"wait": 0.2}, {"alerts": ["one"]}]
    with subprocess.Popen(
        command("-r", rules), env=environment(steps), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(10) == 1
        story = process.stderr.read()
    assert "stdout_output: its reader has gone away" in story
    assert story.endswith("Error: Stopped: no output takes alerts any more. 1 alert did not reach an output.\n")
    assert "Traceback" not in story
    assert "BrokenPipe" not in story


@needs_ebpf
def test_other_outputs_go_on_when_a_reader_vanishes(rules: Path, tmp_path: Path) -> None:
    alerts = tmp_path / "alerts"
    steps: list[dict[str, object]] = [{"wait": 0.2}, {"alerts": ["one"]}, {"wait": 0.1}, {"alerts": ["two"]}]
    with subprocess.Popen(
        command("-r", rules, "-M", "1", "-o", f"file_output={{enabled: true, filename: {alerts}}}"),
        env=environment(steps),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(10) == 1
        assert process.stderr.read().endswith(b"Error: 2 alerts did not reach an output.\n")
    assert alerts.read_text() == "one\ntwo\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="dropping capabilities needs root")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv of util-linux is not installed")
@pytest.mark.parametrize(
    ("dropped", "named"),
    [
        ("-all", "CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE"),
        ("-sys_ptrace", "needs CAP_SYS_PTRACE, which"),
        ("-sys_admin,-bpf", "needs CAP_BPF, which"),
    ],
)
def test_missing_capability_is_named_before_anything_is_opened(rules: Path, dropped: str, named: str) -> None:
    steps: list[dict[str, object]] = [{"refuse": "the driver was opened"}]
    result = subprocess.run(
        ["setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}", *command("-r", rules)],
        env=environment(steps),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert named in error_of(result)


@pytest.mark.skipif(os.geteuid() != 0, reason="hiding the BTF in a mount namespace needs root")
@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare of util-linux is not installed")
@needs_ebpf
def test_missing_btf_is_said_with_the_drivers_that_do_without(rules: Path) -> None:
    hide = 'mount -t tmpfs none /sys/kernel/btf && exec "$@"'
    result = subprocess.run(
        ["unshare", "--mount", "sh", "-c", hide, "sh", *command("-r", rules)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    message = error_of(result)
    assert "/sys/kernel/btf/vmlinux is missing" in message
    assert "ebpf, kmod and pdig" in message


def test_warnings_about_the_configuration_come_with_a_time(tmp_path: Path, rules: Path) -> None:
    config = tmp_path / "agent.yaml"
    config.write_text(f"rules_files: [{rules}, {tmp_path}/absent.yaml]\njson_ouptut: true\n")
    lines = run("-c", config, "--dry-run").stderr.splitlines()
    assert re.match(r"\w{3} \w{3} \d\d .*: Warning: .*agent.yaml:2:14: unknown key 'json_ouptut'", lines[0])
    assert "absent.yaml does not exist and is skipped" in lines[1]


@pytest.mark.parametrize("command", [[], ["watch"], ["capture", "-w", "x.scap"]])
def test_two_drivers_contradict_each_other_and_one_twice_does_not(command: list[str]) -> None:
    result = run(*command, "--bpf", "--kmod")
    assert (result.returncode, result.stdout) == (1, "")
    assert "give one of them" in result.stderr
    repeated = run(*command, "--modern-bpf", "--modern-bpf", "--scope", "pid:4194304")
    assert "there is no process 4194304" in repeated.stderr
