"""What is wrong is said in sentences, with exit code 1, and nothing is started."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.live.agent_process import agent_command
from tests.live.privileges import reason_not_to_run

GOOD = """
- rule: Good
  desc: A rule without a fault.
  condition: evt.type = openat and fd.name = /etc/shadow
  output: Good (file=%fd.name)
  priority: NOTICE
"""


def agent(*arguments: str, prefix: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    """Run the agent until it ends by itself."""
    scope = () if "--scope" in arguments else ("--scope", f"pid:{os.getpid()}")
    command = [*prefix, *agent_command(), "--modern-bpf", *scope, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/", stdin=subprocess.DEVNULL)


def assert_refused(result: "subprocess.CompletedProcess[str]", *words: str) -> None:
    """Exit code 1, every word in the message, and no sign that anything was started or failed unexpectedly."""
    assert result.returncode == 1, result
    assert result.stdout == ""
    assert ", ready in " not in result.stderr
    assert "Traceback" not in result.stderr
    assert "unexpectedly" not in result.stderr
    for word in words:
        assert word in result.stderr


@pytest.fixture
def rule_file(tmp_path: Path) -> Path:
    """Return the path of a file to write rules into."""
    return tmp_path / "rules.yaml"


def test_a_condition_that_does_not_parse(rule_file: Path) -> None:
    rule_file.write_text(GOOD.replace("and fd.name", "and and fd.name"))
    result = agent("-r", str(rule_file))
    assert_refused(result, f"{rule_file}:4:", "^")


def test_a_file_that_is_not_yaml(rule_file: Path) -> None:
    rule_file.write_text("- rule: [unclosed\n  desc: x\n")
    assert_refused(agent("-r", str(rule_file)), f"{rule_file}:")


def test_an_unknown_field_in_a_condition(rule_file: Path) -> None:
    rule_file.write_text(GOOD.replace("and fd.name", "and fd.nome"))
    assert_refused(agent("-r", str(rule_file)), f"{rule_file}:4:", "fd.nome")


def test_an_unknown_field_in_an_output(rule_file: Path) -> None:
    rule_file.write_text(GOOD.replace("%fd.name", "%fd.nome"))
    assert_refused(agent("-r", str(rule_file)), f"{rule_file}:5:", "fd.nome")


def test_an_unknown_macro(rule_file: Path) -> None:
    rule_file.write_text(GOOD.replace("evt.type = openat", "opened"))
    assert_refused(agent("-r", str(rule_file)), f"{rule_file}:4:", "opened")


def test_a_rules_path_that_does_not_exist(tmp_path: Path) -> None:
    missing = tmp_path / "missing.yaml"
    assert_refused(agent("-r", str(missing)), str(missing))


def test_a_folder_without_rules_is_told(tmp_path: Path) -> None:
    if reason := reason_not_to_run():
        pytest.skip(reason)
    result = agent("-r", str(tmp_path), "-M", "0.2")
    assert result.returncode == 0, result.stderr
    assert "Warning: No rule is used" in result.stderr


def test_an_unknown_option_value() -> None:
    assert_refused(agent("-o", "rule_matching=some"), "rule_matching")


def test_an_option_without_a_value() -> None:
    assert_refused(agent("-o", "json_output"), "json_output")


@pytest.mark.parametrize("scope", ["pid:0", "pid:x", "pid:4194304", "planet:earth", "pid"])
def test_a_scope_that_names_nothing(scope: str) -> None:
    assert_refused(agent("--scope", scope), scope)


def test_a_cgroup_that_does_not_exist(tmp_path: Path) -> None:
    if reason := reason_not_to_run():
        pytest.skip(reason)
    assert_refused(agent("--scope", f"cgroup:{tmp_path}/none"), f"{tmp_path}/none")


def test_a_stats_file_that_cannot_be_written(tmp_path: Path) -> None:
    if reason := reason_not_to_run():
        pytest.skip(reason)
    assert_refused(agent("--stats-file", f"{tmp_path}/none/stats.json"), f"{tmp_path}/none/stats.json")


def test_without_capabilities_the_message_names_them() -> None:
    if os.geteuid() != 0:
        pytest.skip("dropping capabilities needs root")
    prefix = ("setpriv", "--bounding-set=-sys_admin,-bpf,-perfmon", "--")
    assert_refused(agent(prefix=prefix), "CAP_BPF", "CAP_PERFMON")


def test_another_user_is_told_which_capabilities_are_missing() -> None:
    if os.geteuid() != 0:
        pytest.skip("becoming another user needs root")
    prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--")
    probe = subprocess.run([*prefix, *agent_command(), "--version"], capture_output=True, timeout=60, cwd="/")
    if probe.returncode in (126, 127):
        pytest.skip("the user nobody may not read this installation")
    assert_refused(agent(prefix=prefix), "CAP_BPF", "65534", "root")


def test_validate_reports_every_file_as_json(rule_file: Path) -> None:
    rule_file.write_text(GOOD.replace("= openat", "== == openat"))
    command = [*agent_command(), "-V", str(rule_file), "-o", "json_output=true"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    [entry] = json.loads(result.stdout)["agent_load_results"]
    assert entry["name"] == str(rule_file)
    assert entry["successful"] is False
    assert entry["errors"][0]["code"] == "LOAD_ERR_COMPILE_CONDITION"


def test_a_good_file_validates(rule_file: Path) -> None:
    rule_file.write_text(GOOD)
    result = subprocess.run([*agent_command(), "-V", str(rule_file)], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert f"{rule_file}: Ok" in result.stdout
