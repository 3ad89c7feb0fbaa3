"""Facts that are stated in more than one place agree."""

import re
import subprocess
from pathlib import Path

import pytest

import agent

REPOSITORY = Path(__file__).resolve().parents[2]


def stated(path: str, pattern: str) -> str:
    found = re.search(pattern, (REPOSITORY / path).read_text(), re.MULTILINE)
    assert found, f"{path} has no {pattern}"
    return found.group(1)


def test_one_version() -> None:
    assert stated("pyproject.toml", r'^version = "(.+)"') == agent.__version__
    assert stated("agent/rust/Cargo.toml", r'^version = "(.+)"') == agent.__version__


def test_one_oldest_rust() -> None:
    assert stated("scripts/setup.sh", r"^RUST_VERSION=([0-9.]+)") == stated(
        "agent/rust/Cargo.toml", r'^rust-version = "(.+)"'
    )


def test_rules_are_reached_through_the_package() -> None:
    link = REPOSITORY / "agent" / "rules"
    assert link.is_symlink()
    assert link.resolve() == REPOSITORY / "rules"


@pytest.mark.parametrize("script", ["scripts/setup.sh", ".ci/run"], ids=lambda path: str(path))
def test_scripts_are_executable_and_strict(script: str) -> None:
    path = REPOSITORY / script
    assert path.stat().st_mode & 0o111
    assert "set -euo pipefail" in path.read_text()
    subprocess.run(["bash", "-n", str(path)], check=True)


def test_missing_rust_is_one_sentence_with_the_command(tmp_path: Path) -> None:
    for tool in ("bash", "dirname", "cut", "sort", "head", "printf"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    result = subprocess.run(
        ["/bin/bash", str(REPOSITORY / "scripts/setup.sh"), "rust"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("Error: no Rust toolchain was found")
    assert "https://sh.rustup.rs | sh -s -- -y" in result.stderr
    assert result.stderr.count("\n") == 1


def test_old_rust_is_one_sentence_with_both_versions(tmp_path: Path) -> None:
    for tool in ("bash", "dirname", "cut", "sort", "head", "printf"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    for tool in ("rustc", "cargo"):
        (tmp_path / tool).write_text(f"#!/bin/bash\necho {tool} 1.63.0 '(x 2022-08-05)'\n")
        (tmp_path / tool).chmod(0o755)
    result = subprocess.run(
        ["/bin/bash", str(REPOSITORY / "scripts/setup.sh"), "rust"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert re.match(r"Error: the Rust toolchain is 1\.63\.0 and the agent needs 1\.\d+ or newer", result.stderr)
