"""The units are what systemd itself takes without a complaint."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "deploy/systemd"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with the units and the programs that they start."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here (package systemd)")
    folder = tmp_path / "etc/systemd/system"
    folder.mkdir(parents=True)
    for unit in UNITS.glob("*.service"):
        # Only the places of programs differ: they are not installed where the tests run.
        text = unit.read_text().replace("=/usr/bin/agent", f"={tmp_path}/usr/bin/agent")
        (folder / unit.name).write_text(text)
    for name in ("agent", "agent-driver-loader"):
        program = tmp_path / "usr/bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return folder


@pytest.mark.parametrize("unit", sorted(path.name for path in UNITS.glob("*.service")))
def test_systemd_takes_a_unit_without_a_complaint(root: Path, unit: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", "--man=no", str(root / unit)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_a_unit_with_a_mistake_is_complained_of(root: Path) -> None:
    (root / "agent.service").write_text((root / "agent.service").read_text().replace("UMask=", "UMaks="))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(root / "agent.service")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "UMaks" in done.stderr


def test_the_agent_is_less_exposed_than_systemd_calls_medium(root: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(root / "agent.service")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    found = re.search(r"Overall exposure level for agent\.service: ([\d.]+)", done.stdout)
    assert found is not None, done.stderr
    assert float(found[1]) < 5.0, found[0]
