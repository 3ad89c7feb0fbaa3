"""The sources as DKMS gets them."""

from pathlib import Path

import pytest

from agent.version import __version__
from drivers.kmod import source


def test_dkms_states_the_agents_version() -> None:
    lines = (source.DRIVERS / "kmod/dkms.conf").read_text().splitlines()
    assert f'PACKAGE_VERSION="{__version__}"' in lines


def test_every_include_is_there_after_laying_out(tmp_path: Path) -> None:
    source.lay_out(tmp_path)
    assert (tmp_path / "dkms.conf").is_file()
    assert (tmp_path / "kmod/Kbuild").is_file()
    text = (tmp_path / "kmod/agent_probe.c").read_text()
    included = [line.split('"')[1] for line in text.splitlines() if line.startswith('#include "')]
    assert len(included) > 20
    assert [name for name in included if not (tmp_path / "kmod" / name).is_file()] == []


def test_laying_out_replaces_what_is_left_of_an_earlier_version(tmp_path: Path) -> None:
    source.lay_out(tmp_path)
    (tmp_path / "shared/calls/gone.h").touch()
    source.lay_out(tmp_path)
    assert not (tmp_path / "shared/calls/gone.h").exists()


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "shared/mine.h"
    mine.parent.mkdir()
    mine.touch()
    assert source.main(["source", str(tmp_path)]) == 1
    assert "holds something else" in capsys.readouterr().err
    assert mine.exists()


def test_nothing_but_sources_is_laid_out(tmp_path: Path) -> None:
    source.lay_out(tmp_path)
    suffixes = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert suffixes <= {".c", ".h", ".conf", ""}
