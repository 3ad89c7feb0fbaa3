"""What the tests of the rule language share: loading a text as a rule file, and the folder of reference data."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from agent.lang import LoadOptions, RuleBook, load_rules
from tests.lang.loading import Load

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def loader(*texts: str, options: LoadOptions | None = None) -> RuleBook:
        paths = []
        for number, text in enumerate(texts):
            path = tmp_path / f"r{number}.yaml"
            path.write_text(dedent(text) if text.startswith("\n") else text, encoding="utf-8", newline="")
            paths.append(path)
        return load_rules(paths, options=options)

    return loader


@pytest.fixture
def rule(load: Load) -> Load:
    """Loads one rule for each condition given, each in its own item of one file."""

    def loader(*texts: str, options: LoadOptions | None = None) -> RuleBook:
        items = []
        for number, text in enumerate(texts):
            quoted = "'" + text.replace("'", "''") + "'"
            items.append(
                f"- rule: R{number}\n  desc: d\n  priority: notice\n  output: o\n"
                f"  warn_evttypes: false\n  condition: {quoted}\n"
            )
        return load("".join(items), options=options)

    return loader


@pytest.fixture
def shared() -> Path:
    """The reference data beside the repository; a clone without it skips."""
    if not SHARED.is_dir():
        pytest.skip(f"the reference data is not there: {SHARED}")
    return SHARED
