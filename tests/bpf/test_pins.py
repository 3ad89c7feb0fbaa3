"""A probe is pinned whole or not at all, and in nobody else's folder. A folder stands for the BPF file system."""

import ast
from pathlib import Path

import pytest

from drivers.bpf import cli, probe


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(probe, "PINS", tmp_path / "agent")
    monkeypatch.setattr(probe, "_is_bpffs", lambda: True)
    monkeypatch.setattr(probe, "require_root", lambda _doing: None)
    return tmp_path


def test_a_probe_gets_its_name_when_all_of_it_is_pinned() -> None:
    with probe.unfinished() as folder:
        (folder / "programs").mkdir()
        assert probe.loaded() == []
        assert folder.stat().st_mode & 0o777 == 0o700
    assert probe.loaded() == [probe.identity()]
    assert (probe.pins() / "programs").is_dir()
    assert probe.unload() == [probe.identity()]
    assert not probe.PINS.exists()


def test_what_a_killed_loader_left_is_no_probe_and_is_removed() -> None:
    left = probe.PINS / probe.UNFINISHED / "maps"
    left.mkdir(parents=True)
    probe.PINS.chmod(0o700)
    assert probe.loaded() == []
    with probe.unfinished() as folder:
        assert list(folder.iterdir()) == []
    assert [path.name for path in probe.PINS.iterdir()] == [probe.identity()]


def test_a_loader_that_fails_leaves_nothing() -> None:
    def fail() -> None:
        with probe.unfinished() as folder:
            (folder / "maps").mkdir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(probe.PINS.iterdir()) == []


def test_one_loads_or_unloads_at_a_time() -> None:
    with probe.unfinished() as folder:
        with pytest.raises(probe.ProbeError, match="just now"), probe.unfinished():
            pass
        with pytest.raises(probe.ProbeError, match="just now"):
            probe.unload()
        assert folder.exists()


def test_a_link_is_not_followed(folder: Path) -> None:
    elsewhere = folder / "elsewhere"
    (elsewhere / "kept").mkdir(parents=True)
    elsewhere.chmod(0o755)
    probe.PINS.symlink_to(elsewhere)
    for act in (probe.unload, lambda: probe.unfinished().__enter__()):
        with pytest.raises(probe.ProbeError, match="remove it"):
            act()
    assert (elsewhere / "kept").is_dir()
    assert elsewhere.stat().st_mode & 0o777 == 0o755


def test_a_folder_that_others_may_write_is_refused() -> None:
    probe.PINS.mkdir()
    probe.PINS.chmod(0o777)
    with pytest.raises(probe.ProbeError, match="root's alone"), probe.unfinished():
        pass


def test_a_file_that_cannot_be_used_is_named_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    probe.pins().mkdir(parents=True)
    assert cli.main(["status"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"Error: {probe.pins()}/programs cannot be used: No such file")


@pytest.mark.parametrize("path", [*sorted(probe.SOURCE.glob("*.py")), probe.SOURCE.parents[1] / "agent/version.py"])
def test_the_distributions_interpreter_may_be_an_old_one(path: Path) -> None:
    """`load --bcc` runs under it; Python 3.8 takes annotations of today only when it need not evaluate them."""
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    if any(isinstance(node, ast.FunctionDef) for node in ast.walk(tree)):
        assert any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
