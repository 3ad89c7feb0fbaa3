"""What the agent opens when nobody named a driver: in the table's order, and first what the loader left word of."""

import os
from pathlib import Path

import pytest

from agent.errors import ConfigError
from loader.candidates import Candidate, candidates, read_choice, write_choice

NOBODY = 65534


@pytest.fixture
def no_word(tmp_path: Path) -> Path:
    """Return the path of a choice that nobody wrote."""
    return tmp_path / "driver"


def table(folder: Path, text: str) -> Path:
    """Write a platform table of this machine's own."""
    path = folder / "platforms.yaml"
    path.write_text(text)
    return path


def test_modern_ebpf_comes_first_and_every_driver_once(no_word: Path) -> None:
    found = list(candidates(no_word))
    assert found[0] == Candidate("modern_ebpf")
    assert sorted(each.driver for each in found) == ["ebpf", "kmod", "modern_ebpf"]


def test_what_the_loader_chose_comes_first(tmp_path: Path) -> None:
    word = tmp_path / "run/driver"
    write_choice("kmod", word)
    assert word.read_text() == "kmod\n"
    assert list(word.parent.iterdir()) == [word]
    found = [each.driver for each in candidates(word)]
    assert found[0] == "kmod"
    assert sorted(found) == ["ebpf", "kmod", "modern_ebpf"]


def test_the_machines_own_table_decides(no_word: Path, tmp_path: Path) -> None:
    order = table(tmp_path, "order: [ebpf, modern_ebpf, kmod, pdig]\n")
    assert [each.driver for each in candidates(no_word, order) if not each.left_out][:2] == ["ebpf", "modern_ebpf"]


def test_what_the_table_leaves_out_keeps_its_reason(no_word: Path, tmp_path: Path) -> None:
    rules = table(
        tmp_path,
        "rules:\n  - {name: ours, when: {release: '.'}, never: [modern_ebpf], reason: we do not like it, source: us}\n",
    )
    assert Candidate("modern_ebpf", "we do not like it") in list(candidates(no_word, rules))


def test_a_wrong_table_is_an_error(no_word: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        list(candidates(no_word, table(tmp_path, "order: [nonsense]\n")))


@pytest.mark.parametrize("content", ["", "nonsense\n", "kmod ebpf\n", "kmod" * 100, "\udcff"])
def test_a_word_that_is_none_is_passed_over(tmp_path: Path, content: str) -> None:
    word = tmp_path / "driver"
    word.write_bytes(content.encode(errors="surrogateescape"))
    assert read_choice(word) is None


def test_a_word_that_others_can_write_is_passed_over(tmp_path: Path) -> None:
    word = tmp_path / "driver"
    word.write_text("kmod\n")
    assert read_choice(word) == "kmod"
    word.chmod(0o666)
    assert read_choice(word) is None
    word.chmod(0o644)
    (tmp_path / "link").symlink_to(word)
    assert read_choice(tmp_path / "link") is None
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert read_choice(tmp_path / "pipe") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_word_of_another_user_is_passed_over(tmp_path: Path) -> None:
    word = tmp_path / "driver"
    word.write_text("kmod\n")
    os.chown(word, NOBODY, NOBODY)
    assert read_choice(word) is None


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_choice("ebpf", tmp_path / "word")
    monkeypatch.setenv("AGENT_DRIVER_CHOICE", str(tmp_path / "word"))
    assert read_choice() == "ebpf"
