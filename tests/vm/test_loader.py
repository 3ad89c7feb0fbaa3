"""The loader in a guest, where modules can be loaded: each way to a driver ends with an alert of the agent."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.version import __version__
from loader import bpf, checksums, cleaning, kernel_module, module, module_file, names
from loader.acquisition import NotThisWay, Outcome, Request
from loader.kernel import Kernel, Target
from tests.vm import drivers, prepare
from tests.vm.drivers import Driver
from tests.vm.host_wide_agent import GuestAgent

RELEASE = os.uname().release
TARGET = Target("debian", RELEASE, "1")


@dataclass(frozen=True)
class Way:
    """One way to a driver; `named` is what the loader calls it."""

    acquire: Callable[[Request], Outcome]
    driver: Driver
    named: str

    @property
    def options(self) -> dict[str, bool]:
        return {"download": self.named == "downloaded", "compile": self.named == "built"}


WAYS = {
    "module-downloaded": Way(module.acquire, drivers.KMOD, "downloaded"),
    "module-built": Way(module.acquire, drivers.KMOD, "built"),
    "probe-downloaded": Way(bpf.acquire, drivers.PREBUILT, "downloaded"),
    "probe-built": Way(bpf.acquire, drivers.BCC, "built"),
}
OTHER = {"kmod": bpf.acquire, "ebpf": module.acquire}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve what was built outside for this kernel, signed; yields the URL and the public key."""
    base = tmp_path_factory.mktemp("repository")
    folder = base / __version__ / "x86_64"
    folder.mkdir(parents=True)
    for driver in (drivers.KMOD, drivers.PREBUILT):
        shutil.copy(prepare.built(driver), folder / names.file_name(driver.kind, TARGET))
    text = checksums.render({path.name: checksums.of_file(path) for path in folder.iterdir()})
    (folder / names.CHECKSUMS).write_bytes(text)
    private, public = base.with_name("private.pem"), base.with_name("public.pem")
    prepare.must_run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(private)])
    prepare.must_run(["openssl", "pkey", "-in", str(private), "-pubout", "-out", str(public)])
    (folder / names.SIGNATURE).write_bytes(checksums.sign(private, text))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False, timeout=30)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(base))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", public
    server.shutdown()
    server.server_close()


@pytest.fixture
def request_for(repository: tuple[str, Path], tmp_path: Path) -> Iterator[Callable[..., Request]]:
    """Return what makes requests; before and after the test nothing of the loader's is on the machine."""
    url, key = repository
    prepare.own_modules_folder()
    fields: dict[str, Any] = {
        "kernel": Kernel.running(),
        "target": TARGET,
        "repositories": (url,),
        "public_key": key,
        "store": tmp_path / "store",
        "say": lambda sentence: print(sentence, file=sys.stderr),
    }

    def make(**changes: Any) -> Request:
        return Request(**{**fields, **changes})

    assert cleaning.clean(make()).reasons == ()
    yield make
    assert cleaning.clean(make()).reasons == ()
    assert kernel_module.loaded_version() is None


def raises_the_alert(driver: Driver, folder: Path, meanwhile: Callable[[], None]) -> None:
    """Run the agent with a driver until it raises the alert for the password file."""
    with GuestAgent(driver, folder) as agent:
        subprocess.run(["cat", "/etc/shadow"], stdout=subprocess.DEVNULL, check=True, timeout=30)
        agent.wait_for(lambda alert: alert.rule == "Password file read", timeout=60)
        meanwhile()
        agent.stop()


@pytest.mark.parametrize("name", WAYS)
def test_what_the_loader_brings_feeds_the_agent(name: str, request_for: Callable[..., Request], tmp_path: Path) -> None:
    way = WAYS[name]
    request = request_for(**way.options)
    outcome = way.acquire(request)
    assert outcome.way == way.named, outcome.steps

    def another_is_refused() -> None:
        other = OTHER[way.driver.kind](request_for())
        assert not other.ready
        assert "captures with the" in other.reasons[0]

    raises_the_alert(way.driver, tmp_path, another_is_refused)
    assert way.acquire(request).way == "running"
    if name == "module-built":
        # As after a reboot: DKMS has installed it.
        kernel_module.remove()
        again = module.acquire(request_for(download=False, compile=False))
        assert again.way == "installed", again.steps


def test_a_module_of_another_version_is_replaced(request_for: Callable[..., Request]) -> None:
    assert module.acquire(request_for(compile=False)).way == "downloaded"
    other = module.acquire(request_for(version="9.9.9", compile=False))
    assert f"the module that is loaded is {__version__}, and 9.9.9 is wanted" in other.reasons[0]
    assert kernel_module.loaded_version() == __version__


def test_what_the_kernel_refuses_is_a_sentence(request_for: Callable[..., Request], tmp_path: Path) -> None:
    content = Path(prepare.built(drivers.KMOD)).read_bytes()
    wrong = tmp_path / "wrong.ko"
    # Of the vermagic a kernel with versions of symbols compares the flags alone, so it is the loader that looks at the
    # release, before.
    wrong.write_bytes(content.replace(f"vermagic={RELEASE} SMP".encode(), f"vermagic={RELEASE} UMP".encode()))
    for _ in range(2):
        with pytest.raises(NotThisWay, match="does not fit the kernel"):
            kernel_module.insert(wrong)
        wrong.write_bytes(content[: len(content) // 2])
    assert kernel_module.loaded_version() is None
    wrong.write_bytes(content.replace(f"vermagic={RELEASE}".encode(), f"vermagic={'9' * len(RELEASE)}".encode()))
    with pytest.raises(NotThisWay, match="it is for the kernel 999"):
        module_file.check(wrong, request_for())
