"""The tables of facts that the schema is held against, where they are at hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "reference"


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one table by column name; skips the test where the table is absent."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"{path} is not here: the schema is not compared with it")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
