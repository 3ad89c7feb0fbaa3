"""`pdig-agent --install-to`: the folder on a volume, whole or not at all, for every user."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

NOBODY = 65534


def install(agent: Path, volume: Path, **how: object) -> "subprocess.CompletedProcess[str]":
    command = [agent, "--install-to", volume]
    arguments = {"capture_output": True, "text": True, "timeout": 60, **how}
    return subprocess.run(command, **arguments)  # type: ignore[call-overload,no-any-return]


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o777)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_it_copies_the_folder_whatever_umask_says(folder: Path, tmp_path: Path) -> None:
    done = install(folder / "pdig-agent", tmp_path / "volume", umask=0o077)
    assert done.returncode == 0, done.stderr
    launcher = tmp_path / "volume/pdig-agent"
    assert done.stdout == f"{launcher}\n"
    copy = launcher.resolve().parent
    assert content(copy) == content(folder)
    assert all(path.stat().st_mode & 0o777 == 0o755 for path in [copy, *copy.rglob("*")] if path.is_dir())
    assert sorted(os.listdir(tmp_path / "volume")) == [copy.name, "pdig-agent"]
    assert subprocess.run([launcher, "--", "/bin/echo", "hi"], capture_output=True).stdout == b"hi\n"


def test_a_second_time_changes_nothing(folder: Path, tmp_path: Path) -> None:
    def state() -> dict[str, tuple[int, int]]:
        found = {path: path.lstat() for path in tmp_path.rglob("*")}
        return {str(path): (status.st_ino, status.st_ctime_ns) for path, status in found.items()}

    assert install(folder / "pdig-agent", tmp_path).returncode == 0
    before = state()
    assert install(folder / "pdig-agent", tmp_path).returncode == 0
    assert state() == before


def test_the_copy_can_install_itself_again(folder: Path, tmp_path: Path) -> None:
    assert install(folder / "pdig-agent", tmp_path / "one").returncode == 0
    assert install(tmp_path / "one/pdig-agent", tmp_path / "two").returncode == 0
    assert os.readlink(tmp_path / "one/pdig-agent") == os.readlink(tmp_path / "two/pdig-agent")


def test_several_at_once_leave_one_whole_copy(folder: Path, tmp_path: Path) -> None:
    running = [
        subprocess.Popen([folder / "pdig-agent", "--install-to", tmp_path], stdout=subprocess.DEVNULL) for _ in range(4)
    ]
    assert [process.wait(120) for process in running] == [0] * 4
    copy = (tmp_path / "pdig-agent").resolve().parent
    assert sorted(os.listdir(tmp_path)) == [copy.name, "pdig-agent"]
    assert content(copy) == content(folder)


def test_another_version_is_replaced_by_the_link_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / ".pdig-agent-0.0.1-0").mkdir()
    (tmp_path / "pdig-agent").symlink_to(".pdig-agent-0.0.1-0/pdig-agent")
    assert install(folder / "pdig-agent", tmp_path).returncode == 0
    assert (tmp_path / "pdig-agent").resolve().parent.name != ".pdig-agent-0.0.1-0"
    assert (tmp_path / ".pdig-agent-0.0.1-0").is_dir(), "it may be running"


def test_what_was_left_unfinished_is_not_taken_for_whole(folder: Path, tmp_path: Path) -> None:
    """The description is among the last files, and its folder gets its name at the end."""
    first = install(folder / "pdig-agent", tmp_path / "a")
    name = (tmp_path / "a/pdig-agent").resolve().parent.name
    assert first.returncode == 0
    (tmp_path / "b" / name).mkdir(parents=True)
    assert install(folder / "pdig-agent", tmp_path / "b").returncode == 0
    assert content(tmp_path / "b" / name) == content(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="root may write everywhere, and this test gives that up: run it as root")
def test_a_volume_of_somebody_else_is_a_sentence(folder: Path, open_folder: Path) -> None:
    volume = open_folder / "foreign"
    volume.mkdir()
    done = install(folder / "pdig-agent", volume, user=NOBODY)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: --install-to {volume}: Permission denied (")
    assert done.stderr.endswith("Run it as a user that may write there (an init container: runAsUser 0).\n")
    assert not os.listdir(volume)


def test_a_folder_in_the_launchers_place_is_a_sentence(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "pdig-agent").mkdir()
    done = install(folder / "pdig-agent", tmp_path)
    assert done.returncode == 1
    assert "is a folder, which pdig-agent does not replace" in done.stderr


def test_an_installed_agent_has_no_folder_to_copy(tmp_path: Path) -> None:
    done = install(Path(sys.executable).parent / "pdig-agent", tmp_path)
    assert done.returncode == 1
    assert "this pdig-agent does not run from one" in done.stderr
