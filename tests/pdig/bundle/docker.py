"""A Docker daemon of the tests' own: without network, with data and sockets in a temporary folder, ended with them."""

import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path
from types import TracebackType

_START_SECONDS = 60


class DockerMissingError(Exception):
    """No daemon can be started here; the text says why."""


class Docker:
    """The daemon, and what a user types at it."""

    def __init__(self, folder: Path, daemon: "subprocess.Popen[bytes]") -> None:
        self.folder = folder
        self._daemon = daemon
        self._environment = {**os.environ, "DOCKER_HOST": f"unix://{folder}/socket", "DOCKER_BUILDKIT": "0"}

    @classmethod
    def start(cls) -> "Docker":
        """Start it. Raises DockerMissingError."""
        if os.geteuid() != 0:
            raise DockerMissingError("dockerd needs root")
        for program in ("docker", "dockerd", "containerd", "runc"):
            if shutil.which(program) is None:
                raise DockerMissingError(f"there is no {program}: apt-get install docker.io")
        # The path of a socket has 107 bytes at most, so not under pytest's folders.
        folder = Path(tempfile.mkdtemp(prefix="pdig-docker-"))
        log = (folder / "log").open("wb")
        command = f"dockerd --iptables=false --ip-masq=false --bridge=none --data-root {folder}/data"
        command += f" --exec-root {folder}/exec --pidfile {folder}/pid --host unix://{folder}/socket"
        started = cls(folder, subprocess.Popen(command.split(), stdout=log, stderr=log, stdin=subprocess.DEVNULL))
        deadline = time.monotonic() + _START_SECONDS
        while started.run("info", check=False).returncode:
            if time.monotonic() > deadline or started._daemon.poll() is not None:
                words = (folder / "log").read_text(errors="replace").splitlines()[-1:]
                started.stop()
                raise DockerMissingError(f"dockerd does not run here: {' '.join(words)}")
            time.sleep(0.2)
        return started

    def run(self, *words: object, check: bool = True, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        """Run `docker WORDS…` to its end."""
        done = subprocess.run(
            ["docker", *(str(word) for word in words)],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )
        assert not check or done.returncode == 0, f"docker {' '.join(map(str, words))}: {done.stdout}{done.stderr}"
        return done

    def started(self, *words: object) -> "subprocess.Popen[str]":
        """Start `docker WORDS…`."""
        return subprocess.Popen(
            ["docker", *(str(word) for word in words)],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    def image_of(self, name: str, files: dict[str, Path | bytes]) -> None:
        """Make an image that holds these files and nothing else."""
        archive = self.folder / f"{name}.tar"
        with tarfile.open(archive, "w") as tar:
            for place, content in files.items():
                with tempfile.NamedTemporaryFile() as file:
                    file.write(content if isinstance(content, bytes) else content.read_bytes())
                    file.flush()
                    entry = tar.gettarinfo(file.name, place)
                    entry.mode = 0o755 if isinstance(content, Path) else 0o644
                    file.seek(0)
                    tar.addfile(entry, file)
        self.run("import", archive, name)

    def stop(self) -> None:
        """End the daemon and what it runs, and remove its data."""
        if self._daemon.poll() is None:
            running = self.run("ps", "--quiet", check=False).stdout.split()
            if running:
                self.run("rm", "--force", *running, check=False)
            self._daemon.terminate()
            try:
                self._daemon.wait(60)
            except subprocess.TimeoutExpired:
                self._daemon.kill()
                self._daemon.wait()
        for place in ("exec/netns", "data"):  # what a killed daemon leaves mounted
            subprocess.run(["umount", "--quiet", "--lazy", self.folder / place], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> "Docker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
