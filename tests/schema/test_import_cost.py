"""The command line imports the schema at every start: it must not be felt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import dataclasses, time
begin = time.process_time()
import agent.schema.events, agent.schema.fields, agent.schema.syscalls
print(time.process_time() - begin)
"""
LIMIT = 0.060


def test_the_schema_is_imported_within_60_ms_of_cpu_time(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(tmp_path)

    def once() -> float:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    once()  # compiles
    assert min(once() for _ in range(3)) < LIMIT
