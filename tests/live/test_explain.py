"""`agent explain` on what processes do right now."""

import json
from pathlib import Path

import pytest

from tests.live.scoped_shell import ScopedShell
from tests.live.test_capture import Command

pytestmark = pytest.mark.live

RULE = """
- rule: Reads the shadow file
  desc: d
  condition: evt.type in (open, openat, openat2) and fd.name = /etc/shadow and proc.name = head
  output: o
  priority: warning
"""


def test_acts_that_fire_and_nearly_fire_are_explained_as_they_happen(shell: ScopedShell, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULE)
    with Command(shell, "explain", "-r", str(rules), "--json", "Reads the shadow file") as explain:
        shell.run("head -c 1 /etc/shadow > /dev/null; tail -c 1 /etc/shadow > /dev/null")
        found = [json.loads(line) for line in explain.stop().splitlines()]
    on_shadow = [one for one in found if one["tree"]["parts"][1]["truth"]]
    seen = [(one["fired"], one["distance"], one["tree"]["parts"][2]["seen"]) for one in on_shadow]
    assert seen == [(True, 0, "head"), (False, 1, "tail")]
    assert "the rule fired on 1" in explain.stderr
