"""``python -m agent.codegen`` and what it leaves in the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.codegen.__main__ import ROOT, all_outputs, main
from agent.codegen.output import COMMAND, notice


def test_no_committed_file_is_stale(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_check_names_every_stale_file_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--root", str(tmp_path)]) == 1
    errors = capsys.readouterr().err
    for output in all_outputs():
        assert output.path in errors
    assert COMMAND in errors
    assert list(tmp_path.iterdir()) == []


def test_only_files_that_changed_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path)]) == 0
    changed, *others = (tmp_path / output.path for output in all_outputs())
    for path in (changed, *others):
        os.utime(path, (1, 1))
    changed.write_text("stale", encoding="utf-8")
    capsys.readouterr()
    assert main(["--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"wrote {all_outputs()[0].path}"]
    assert {path.stat().st_mtime for path in others} == {1.0}


def test_every_file_says_where_it_comes_from_and_how_to_make_it() -> None:
    for output in all_outputs():
        head = "\n".join(output.text.splitlines()[:3])
        assert COMMAND in head, output.path
        assert "Do not edit" in head, output.path
        source = head.split("Generated from ")[1].split(" by ")[0]
        assert notice(source) in head, output.path
        assert (ROOT / source).exists(), output.path


def test_nothing_lies_beside_the_generated_files() -> None:
    expected = {ROOT / output.path for output in all_outputs()}
    for folder in {path.parent for path in expected if path.parent.name == "generated"}:
        assert set(folder.iterdir()) <= expected
