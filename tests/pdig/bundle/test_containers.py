"""Real containers: the sidecar's way and the entry point's, in images that hold nothing but a static program."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.pdig.bundle.conftest import REPOSITORY
from tests.pdig.bundle.docker import Docker

pytestmark = pytest.mark.slow

ISOLATED = ("--network", "none")
ONLY_PTRACE = ("--cap-drop", "ALL", "--cap-add", "SYS_PTRACE")
NOTHING = ("--cap-drop", "ALL")
NOBODY = "65534:65534"
RULE = "Password file read"


@pytest.fixture(scope="module")
def images(docker: Docker, folder: Path, bare: Path) -> None:
    """Build `pdig-agent` as the guide does, and `bare`, which holds one static program."""
    docker.run("build", "-t", "pdig-agent", "-f", REPOSITORY / "deploy/docker/pdig.Dockerfile", folder.parent)
    docker.image_of("bare", {"bare": bare})


@pytest.fixture(scope="module")
def volume(docker: Docker, images: None, open_folder: Path) -> Path:
    """Return a volume onto which an init container has put the folder."""
    place = open_folder / "volume"
    place.mkdir()
    done = docker.run("run", "--rm", *ISOLATED, *NOTHING, "-v", f"{place}:/pdig", "pdig-agent", "--install-to", "/pdig")
    assert done.stdout == "/pdig/pdig-agent\n"
    return place


@pytest.fixture
def shadow(tmp_path: Path) -> str:
    """Return the option that gives a container a password file that everybody may read."""
    file = tmp_path / "shadow"
    file.write_text("root:*:1::\n")
    file.chmod(0o644)
    return f"{file}:/etc/shadow:ro"


class Sidecar:
    """A pdig-agent in a container of its own, and what it has said."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self.changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()

    def says(self, text: str) -> str:
        """Wait for a line with this text and return it."""

        def found() -> str | None:
            return next((line for line in self.lines if text in line), None)

        with self.changed:
            assert self.changed.wait_for(lambda: found() is not None, 30), f"never said {text!r}: {self.lines}"
            return found() or ""


@contextmanager
def application(docker: Docker, *options: str) -> Iterator[str]:
    """Run an application that reads /etc/shadow when it is told to; yield the container's id."""
    identity = docker.run(
        "run", "--detach", *ISOLATED, *options, "bare", "/bare", "serve", "/etc/shadow"
    ).stdout.strip()
    try:
        yield identity
    finally:
        docker.run("rm", "--force", identity)


@contextmanager
def sidecar(docker: Docker, beside: str, *options: str) -> Iterator[Sidecar]:
    """Run `pdig-agent --pidns` in the application's pid namespace."""
    name = f"sidecar-of-{beside[:12]}"
    words = ("run", "--rm", "--name", name, *ISOLATED, "--read-only", "--pid", f"container:{beside}", *options)
    process = docker.started(*words, "pdig-agent", "--pidns", "-v", "-U")
    try:
        yield Sidecar(process)
    finally:
        docker.run("rm", "--force", name, check=False)
        process.wait(30)


def test_the_image_holds_the_folder_and_nothing_else(docker: Docker, images: None, folder: Path) -> None:
    identity = docker.run("create", "pdig-agent").stdout.strip()
    listing = subprocess.run(
        ["tar", "-t"],
        input=subprocess.run(
            ["docker", "-H", f"unix://{docker.folder}/socket", "export", identity], capture_output=True, check=True
        ).stdout,
        capture_output=True,
        check=True,
    )
    names = {line.rstrip("/") for line in listing.stdout.decode().splitlines()}
    inside = {name for name in names if name.startswith("opt/pdig-agent/")}
    assert inside == {f"opt/pdig-agent/{path.relative_to(folder).as_posix()}" for path in folder.rglob("*")}
    # The rest is what Docker makes in every container.
    rest = {name.split("/")[0] for name in names - inside}
    assert rest <= {".dockerenv", "dev", "etc", "proc", "sys", "opt"}


def test_the_sidecar_sees_what_starts_later_in_the_application(docker: Docker, images: None, shadow: str) -> None:
    with application(docker, "-v", shadow) as app, sidecar(docker, app, *ONLY_PTRACE) as agent:
        agent.says("ready in")
        docker.run("kill", "--signal", "USR1", app)
        alert = agent.says(RULE)
        assert "name=bare command=bare read /etc/shadow" in alert
        assert f"container={app[:12]} " in alert


def test_the_sidecar_finds_what_is_brought_into_the_application(docker: Docker, images: None, shadow: str) -> None:
    with application(docker, "-v", shadow) as app, sidecar(docker, app, *ONLY_PTRACE) as agent:
        agent.says("ready in")
        assert docker.run("exec", app, "/bare", "slow", "/etc/shadow").stdout == "/etc/shadow: 11 bytes\n"
        assert f"container={app[:12]} " in agent.says("command=bare slow /etc/shadow")


def test_the_application_goes_on_when_the_sidecar_ends(docker: Docker, images: None, shadow: str) -> None:
    with application(docker, "-v", shadow) as app:
        with sidecar(docker, app, *ONLY_PTRACE) as agent:
            agent.says("ready in")
            docker.run("stop", f"sidecar-of-{app[:12]}")
            assert agent.process.wait(30) == 0
        assert docker.run("exec", app, "/bare", "read", "/etc/shadow").stdout == "/etc/shadow: 11 bytes\n"
        assert docker.run("inspect", "--format", "{{.State.Running}}", app).stdout == "true\n"


@pytest.mark.parametrize("capabilities", [(), NOTHING], ids=["default capabilities", "no capabilities"])
def test_the_same_user_needs_no_capability(
    docker: Docker, images: None, shadow: str, capabilities: tuple[str, ...]
) -> None:
    """As on EKS Fargate, where SYS_PTRACE cannot be had."""
    same = (*capabilities, "--user", NOBODY) if capabilities else ()
    with application(docker, "-v", shadow, *same) as app, sidecar(docker, app, *same) as agent:
        agent.says("ready in")
        docker.run("kill", "--signal", "USR1", app)
        assert f"container={app[:12]} " in agent.says(RULE)


def test_another_user_without_the_capability_is_told_so(docker: Docker, images: None, shadow: str) -> None:
    with application(docker, "-v", shadow) as app, sidecar(docker, app, *NOTHING, "--user", NOBODY) as agent:
        assert "runs as another user (uid 0), and this process has no CAP_SYS_PTRACE" in agent.says("Process 1 (bare)")


@pytest.mark.parametrize("namespace", ["host", "private"])
@pytest.mark.parametrize("user", ["0:0", NOBODY])
def test_the_folder_on_a_volume_is_the_entry_point_of_an_image_with_one_static_program(
    docker: Docker, volume: Path, shadow: str, user: str, namespace: str, tmp_path: Path
) -> None:
    done = docker.run(
        "run", "--rm", *ISOLATED, *ONLY_PTRACE, "--user", user, "--cgroupns", namespace, "-v", f"{volume}:/pdig:ro",
        "-v", shadow, "--cidfile", tmp_path / "id", "--entrypoint", "/pdig/pdig-agent", "bare",
        "--", "/bare", "read", "/etc/shadow",
    )  # fmt: skip
    assert done.stdout == "/etc/shadow: 11 bytes\n"
    (alert,) = [line for line in done.stderr.splitlines() if RULE in line]
    assert "command=bare read /etc/shadow" in alert
    assert f"container={(tmp_path / 'id').read_text()[:12]} " in alert


def test_the_entry_point_needs_no_capability_at_all(docker: Docker, volume: Path, shadow: str) -> None:
    done = docker.run(
        "run", "--rm", *ISOLATED, *NOTHING, "--user", NOBODY, "-v", f"{volume}:/pdig:ro", "-v", shadow, "--read-only",
        "--security-opt", "no-new-privileges", "--entrypoint", "/pdig/pdig-agent", "bare",
        "--", "/bare", "read", "/etc/shadow",
    )  # fmt: skip
    assert RULE in done.stderr


def test_in_an_image_of_another_c_library_its_preloaded_libraries_are_the_programs_alone(
    docker: Docker, volume: Path, shadow: str, tmp_path: Path
) -> None:
    """As in Alpine: the library needs musl, with which no program of the folder could run."""
    if shutil.which("musl-gcc") is None:
        pytest.skip("there is no musl-gcc: apt-get install musl-tools")
    for program, options in (("hook", ["-shared", "-fPIC"]), ("hello", [])):
        source = Path(__file__).parent / f"programs/{program}.c"
        subprocess.run(["musl-gcc", *options, "-o", tmp_path / program, source], check=True, timeout=60)
    loader = Path("/lib/ld-musl-x86_64.so.1")
    files = {"hello": tmp_path / "hello", "lib/hook.so": tmp_path / "hook", f"lib/{loader.name}": loader}
    docker.image_of("musl", {**files, "lib/libc.so": loader})
    done = docker.run(
        "run", "--rm", *ISOLATED, "-e", "LD_PRELOAD=/lib/hook.so", "-e", "LD_LIBRARY_PATH=/lib", "-v", shadow,
        "-v", f"{volume}:/pdig:ro", "--entrypoint", "/pdig/pdig-agent", "musl", "--", "/hello",
    )  # fmt: skip
    assert done.stdout == "5 1\n"
    assert RULE in done.stderr


def test_as_the_first_process_it_passes_the_exit_code_on(docker: Docker, volume: Path) -> None:
    words = ("--rm", *ISOLATED, *ONLY_PTRACE, "-v", f"{volume}:/pdig:ro", "--entrypoint", "/pdig/pdig-agent", "bare")
    assert docker.run("run", *words, "--", "/bare", "orphan", check=False).returncode == 7
    assert docker.run("run", *words, "--", "/missing", check=False).returncode == 127


def test_the_commands_environment_is_the_containers(docker: Docker, volume: Path) -> None:
    plain = docker.run("run", "--rm", *ISOLATED, "-h", "x", "-e", "LD_PRELOAD=/x.so", "bare", "/bare", "environment")
    traced = docker.run(
        "run", "--rm", *ISOLATED, "-h", "x", "-e", "LD_PRELOAD=/x.so", "-v", f"{volume}:/pdig:ro",
        "--entrypoint", "/pdig/pdig-agent", "bare", "--", "/bare", "environment",
    )  # fmt: skip
    assert "LD_PRELOAD=/x.so" in traced.stdout
    assert traced.stdout == plain.stdout
