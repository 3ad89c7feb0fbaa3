"""Nobody named a driver: the first that opens is taken, and the agent says which, and what it skipped."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.live.agent_process import DEFAULT_RULES, agent_command
from tests.live.scoped_shell import ScopedShell

pytestmark = pytest.mark.live


def agent(*arguments: str, shell: ScopedShell, word: Path) -> "subprocess.CompletedProcess[str]":
    """Run the agent for two seconds, with what the loader left word of."""
    command = [*agent_command(), "--scope", f"pid:{shell.pid}", "-r", str(DEFAULT_RULES), "-M", "2", *arguments]
    environment = {**os.environ, "AGENT_DRIVER_CHOICE": str(word)}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, env=environment, check=False
    )


def test_the_first_that_works_is_taken_without_a_word_of_others(shell: ScopedShell, tmp_path: Path) -> None:
    result = agent(shell=shell, word=tmp_path / "absent")
    assert result.returncode == 0, result.stderr
    assert ": modern_ebpf on Linux" in result.stderr
    assert "skipped" not in result.stderr.partition("ready in")[0]


def test_what_cannot_be_opened_is_skipped_with_its_reason_in_one_line(shell: ScopedShell, tmp_path: Path) -> None:
    word = tmp_path / "driver"
    word.write_text("kmod\n")
    result = agent(shell=shell, word=word)
    assert result.returncode == 0, result.stderr
    [line] = [line for line in result.stderr.splitlines() if "skipped kmod" in line]
    assert line.startswith("agent: the driver is modern_ebpf; skipped kmod, because: ")
    assert ": modern_ebpf on Linux" in result.stderr


def test_without_fallback_the_first_is_the_only_one(shell: ScopedShell, tmp_path: Path) -> None:
    word = tmp_path / "driver"
    word.write_text("kmod\n")
    result = agent("-o", "engine.fallback=false", shell=shell, word=word)
    assert result.returncode == 1
    assert "engine.fallback is false" in result.stderr
    assert "modern_ebpf on Linux" not in result.stderr


def test_a_named_driver_is_not_replaced(shell: ScopedShell, tmp_path: Path) -> None:
    result = agent("--kmod", shell=shell, word=tmp_path / "absent")
    assert result.returncode == 1
    assert "modern_ebpf on Linux" not in result.stderr


def test_when_nothing_works_every_reason_is_given_and_what_is_left(shell: ScopedShell, tmp_path: Path) -> None:
    command = [*agent_command(), "--scope", f"pid:{shell.pid}", "-r", str(DEFAULT_RULES), "-M", "2"]
    result = subprocess.run(
        [
            "setpriv",
            "--bounding-set=-all",
            "--inh-caps=-all",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            *command,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        cwd="/",
        env={**os.environ, "AGENT_DRIVER_CHOICE": str(tmp_path / "absent")},
        check=False,
    )
    assert result.returncode == 1
    for word in ("modern_ebpf: ", "ebpf: ", "kmod: ", "CAP_BPF", "pdig-agent -- COMMAND", "agent-driver-loader doctor"):
        assert word in result.stderr
    assert "Traceback" not in result.stderr
