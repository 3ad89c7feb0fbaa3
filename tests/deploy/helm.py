"""The real helm, and what it renders."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
CHART = REPOSITORY / "deploy/helm/agent"
_CACHED = REPOSITORY / ".cache/helm/helm"


@cache
def helm() -> str | None:
    """Return the command; None where there is none."""
    return str(_CACHED) if _CACHED.exists() else shutil.which("helm")


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run helm. Skips the test where there is none."""
    command = helm()
    if command is None:
        pytest.skip("there is no helm here: scripts/setup.sh helm fetches it")
    return subprocess.run([command, *words], capture_output=True, text=True, timeout=120, check=False)


def render(*settings: str, version: str = "1.33.0") -> list[dict[str, Any]]:
    """Return the objects that the chart makes for settings such as `driver.kind=kmod`, in a cluster of a version."""
    words = [word for setting in settings for word in ("--set", setting)]
    done = run("template", "agent", str(CHART), "--namespace", "agent", "--kube-version", version, *words)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def refusal(*settings: str, version: str = "1.33.0") -> str:
    """Return what helm says of settings that it is to refuse."""
    words = [word for setting in settings for word in ("--set", setting)]
    done = run("template", "agent", str(CHART), "--kube-version", version, *words)
    assert done.returncode != 0
    return done.stderr
