"""What repositories send: taken when it is right, refused with a reason when it is not, and the next way is taken."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from loader import module, names
from loader import repository as repositories
from loader.acquisition import Http, Outcome
from loader.kernel import Kernel, Target
from tests.loader import object_files
from tests.loader import repository_server as server
from tests.loader.conftest import FakeKernel, Wish
from tests.loader.repository_server import Repository

RELEASE = os.uname().release
NAME = f"agent_probe_debian_{RELEASE}_1.ko"


@pytest.fixture
def good(repository: Repository) -> bytes:
    """A module for this kernel, in the repository."""
    content = object_files.module()
    repository.add(NAME, content)
    return content


def why(outcome: Outcome, way: str = "downloaded") -> str:
    """Return why a way was not taken."""
    assert not outcome.ready, outcome.steps
    return next(step.sentence for step in outcome.steps if step.way == way)


def test_a_module_that_passes_is_loaded_and_kept(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel
) -> None:
    outcome = module.acquire(wish.request())
    assert outcome.way == "downloaded", outcome.steps
    assert kernel.inserted == [good]
    assert [step.way for step in outcome.steps] == ["running", "installed", "stored", "downloaded"]
    kernel.loaded = None
    asked = len(repository.asked)
    assert module.acquire(wish.request()).way == "stored"
    assert len(repository.asked) == asked
    assert kernel.inserted == [good, good]
    assert module.acquire(wish.request()).way == "running"


def test_for_another_kernel_it_is_obtained_and_not_loaded(
    wish: Wish, repository: Repository, kernel: FakeKernel
) -> None:
    release = "5.14.0-362.el9.x86_64"
    repository.add(f"agent_probe_rhel_{release}_1.ko", object_files.module(release))
    outcome = module.acquire(wish.request(kernel=Kernel(release, "#1", "x86_64"), target=Target("rhel", release, "1")))
    assert outcome.way == "downloaded"
    assert "not loaded" in outcome.steps[-1].sentence
    assert kernel.inserted == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (object_files.module("6.1.0-1-other"), "it is for the kernel 6.1.0-1-other"),
        (object_files.module(version="0.0.9"), "it is agent_probe 0.0.9"),
        (object_files.module(name="other"), "it is the module other"),
        (object_files.module()[:-1000], "not a whole kernel module"),
        (object_files.probe(), "it is for the machine 247"),
        (b"<html>log in</html>", "does not begin like"),
        (b"", "does not begin like"),
    ],
    ids=["wrong kernel", "wrong version", "wrong module", "truncated", "a probe", "text", "empty"],
)
def test_what_is_listed_and_yet_wrong_is_refused(
    wish: Wish, repository: Repository, kernel: FakeKernel, content: bytes, reason: str
) -> None:
    repository.add(NAME, content)
    assert reason in why(module.acquire(wish.request()))
    assert kernel.inserted == []
    assert [path for path in wish.store.rglob("*") if path.is_file() and path.name != "lock"] == []


def test_flags_that_modules_of_this_kernel_do_not_have_are_refused(
    wish: Wish, good: bytes, kernel: FakeKernel, tmp_path: Path
) -> None:
    folder = tmp_path / "host/lib/modules" / RELEASE / "kernel/lib"
    folder.mkdir(parents=True)
    own = object_files.module(name="crc").replace(b"SMP preempt mod_unload ", b"SMP mod_unload modvers ")
    (folder / "crc.ko").write_bytes(own)
    said = why(module.acquire(wish.request(host_root=tmp_path / "host")))
    assert "flags `SMP preempt mod_unload`, and modules of this kernel have `SMP mod_unload modvers`" in said


def test_a_file_that_was_changed_is_refused_and_not_kept(
    wish: Wish, repository: Repository, kernel: FakeKernel
) -> None:
    right = object_files.module()
    repository.add(NAME, right.replace(b"SMP", b"smp"), listed=right)
    assert "its SHA-256 is" in why(module.acquire(wish.request()))
    assert kernel.inserted == []
    assert not list(wish.store.rglob("*.part"))


def test_without_a_list_of_checksums_nothing_is_taken(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel
) -> None:
    del repository.files[names.CHECKSUMS]
    assert "has no SHA256SUMS" in why(module.acquire(wish.request()))
    assert repository.count(NAME) == 0


@pytest.mark.parametrize("text", [b"\xff\xfe", b"abc  file\n", b"0" * 64 + b"  ../../etc/passwd\n", b"<html>\n"])
def test_a_list_that_is_none_is_refused(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel, text: bytes
) -> None:
    repository.files[names.CHECKSUMS] = text
    assert "line 1 of the list of checksums" in why(module.acquire(wish.request()))


def test_a_driver_that_is_not_listed_is_missing_and_the_next_repository_is_asked(
    wish: Wish, repository: Repository, kernel: FakeKernel
) -> None:
    repository.add("agent_probe_debian_6.1.0_1.ko", b"other")
    with server.serve() as second:
        second.add(NAME, object_files.module())
        outcome = module.acquire(wish.request(repositories=(repository.url, second.url)))
    assert outcome.way == "downloaded"
    assert any(f"has no {NAME}: it is for 1 others" in sentence for sentence in wish.sentences)


def test_a_404_is_not_asked_for_again(wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel) -> None:
    del repository.files[NAME]
    assert "HTTP 404" in why(module.acquire(wish.request()))
    assert repository.count(NAME) == 1


def test_a_refusal_names_the_option_for_credentials(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel
) -> None:
    repository.behave[NAME] = [server.status(403)]
    assert "HTTP 403; the repository wants credentials: --http-header" in why(module.acquire(wish.request()))
    assert repository.count(NAME) == 1


def test_a_server_that_fails_twice_is_asked_a_third_time(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel
) -> None:
    repository.behave[NAME] = [server.status(500), server.status(503)]
    assert module.acquire(wish.request()).way == "downloaded"
    assert repository.count(NAME) == 3


def test_a_server_that_keeps_failing_is_given_up(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel
) -> None:
    repository.behave[NAME] = [server.status(500)] * 9
    assert "HTTP 500 (4 attempts)" in why(module.acquire(wish.request()))
    assert repository.count(NAME) == 4


def test_a_cut_connection_is_gone_on_with(wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel) -> None:
    repository.behave[NAME] = [server.cut(100_000), server.cut(50_000)]
    assert module.acquire(wish.request()).way == "downloaded"
    assert [wanted for name, wanted in repository.asked if name == NAME] == [None, "bytes=100000-", "bytes=150000-"]
    assert kernel.inserted == [good]


def test_what_an_earlier_run_brought_is_gone_on_with(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel
) -> None:
    repository.behave[NAME] = [server.cut(1000), server.cut(1000), server.cut(1000), server.cut(1000)]
    assert "ended after 4000 bytes (4 attempts)" in why(module.acquire(wish.request()))
    assert module.acquire(wish.request()).way == "downloaded"
    assert repository.asked[-1] == (NAME, "bytes=4000-")
    assert kernel.inserted == [good]


@pytest.mark.parametrize("left", [b"something else", b"x" * 400_000], ids=["shorter", "longer"])
def test_a_remainder_of_another_file_is_thrown_away(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel, left: bytes
) -> None:
    path = wish.store / repository.version / "x86_64" / f"{NAME}.part"
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_bytes(left)
    assert module.acquire(wish.request()).way == "downloaded"
    assert kernel.inserted == [good]


def test_a_server_without_ranges_begins_anew(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel
) -> None:
    repository.behave[NAME] = [server.cut(1000), server.ignores_range]
    assert module.acquire(wish.request()).way == "downloaded"
    assert kernel.inserted == [good]


@pytest.mark.parametrize(
    "behaviour", [server.drip(0.05, after=1000), server.drip_head(0.05)], ids=["the file", "the head of the answer"]
)
def test_a_server_that_drips_is_given_up_in_time(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel, behaviour: server.Behaviour
) -> None:
    repository.behave[NAME] = [behaviour] * 2
    started = time.monotonic()
    said = why(module.acquire(wish.request(http=Http(timeout=0.6, attempts=2, pause=0.01))))
    assert time.monotonic() - started < 6
    assert "too slow" in said or "did not answer within" in said


def test_a_slow_server_is_no_hindrance_where_it_gets_on(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel
) -> None:
    repository.behave[NAME] = [server.drip(0.05, after=100_000)]
    outcome = module.acquire(wish.request(http=Http(timeout=1, attempts=2, pause=0.01)))
    assert outcome.way == "downloaded"
    assert kernel.inserted == [good]


def test_what_is_huge_is_not_taken(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repositories, "LARGEST", 4 << 20)
    repository.behave[NAME] = [server.says_huge]
    assert f"it is {1 << 40} bytes large" in why(module.acquire(wish.request()))
    repository.behave[NAME] = [server.endless()]
    assert "it is larger than 4194304 bytes" in why(module.acquire(wish.request()))
    assert sum(path.stat().st_size for path in wish.store.rglob("*")) < 6 << 20


def test_redirections_are_followed_without_the_secrets(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel
) -> None:
    with server.serve() as elsewhere:
        elsewhere.add(NAME, good)
        repository.behave[NAME] = [server.redirect(f"{elsewhere.url}/{elsewhere.version}/x86_64/{NAME}")]
        secret = Http(headers=(("X-Token", "secret"),), timeout=5, pause=0.01)
        assert module.acquire(wish.request(http=secret)).way == "downloaded"
        assert all(headers.get("X-Token") == "secret" for headers in repository.headers)
        assert [headers.get("X-Token") for headers in elsewhere.headers] == [None]


def test_redirections_without_end_and_to_other_schemes_are_refused(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel
) -> None:
    repository.behave[NAME] = [server.redirect(NAME)] * 20
    assert "redirected more than 5 times" in why(module.acquire(wish.request()))
    repository.behave[NAME] = [server.redirect("file:///etc/passwd")]
    assert "file is not http" in why(module.acquire(wish.request()))


def test_a_server_that_is_not_there_is_a_reason(wish: Wish, kernel: FakeKernel) -> None:
    said = why(module.acquire(wish.request(repositories=("http://127.0.0.1:9",))))
    assert "could not be reached" in said
    assert "Connection refused" in said
    assert "0x" not in said


def test_proxies_of_the_environment_are_used(
    wish: Wish, repository: Repository, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server.serve() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        why(module.acquire(wish.request(repositories=("http://drivers.example",))))
        assert proxy.asked[0][0] == f"http://drivers.example/{proxy.version}/x86_64/SHA256SUMS"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody vouches for, with its key."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(path.with_suffix(".crt"))]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


def test_a_certificate_is_checked_unless_that_is_switched_off(
    wish: Wish, kernel: FakeKernel, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server.serve(certificate) as secure:
        secure.add(NAME, object_files.module())
        request = wish.request(repositories=(secure.url,))
        assert "certificate is not accepted: " in why(module.acquire(request))
        assert secure.asked == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.with_suffix(".crt")))
        assert module.acquire(request).way == "downloaded"
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        kernel.loaded = None
        next(wish.store.rglob("*.ko")).unlink()
        insecure = Http(insecure=True, timeout=5, pause=0.01)
        assert module.acquire(wish.request(repositories=(secure.url,), http=insecure)).way == "downloaded"


def test_from_https_nobody_is_led_to_http(
    wish: Wish,
    good: bytes,
    repository: Repository,
    kernel: FakeKernel,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.with_suffix(".crt")))
    with server.serve(certificate) as secure:
        secure.add(NAME, good)
        secure.behave[NAME] = [server.redirect(f"{repository.url}/{repository.version}/x86_64/{NAME}")]
        assert "redirects from https to http" in why(module.acquire(wish.request(repositories=(secure.url,))))
    assert repository.asked == []


def test_a_folder_is_a_repository_as_well(wish: Wish, tmp_path: Path, kernel: FakeKernel) -> None:
    content = object_files.module()
    folder = tmp_path / "repository" / Repository().version / "x86_64"
    folder.mkdir(parents=True)
    there = Repository()
    there.add(NAME, content)
    for name, file in there.files.items():
        (folder / name).write_bytes(file)
    outcome = module.acquire(wish.request(repositories=((tmp_path / "repository").as_uri(),)))
    assert outcome.way == "downloaded", outcome.steps
    assert kernel.inserted == [content]


def test_without_repository_download_or_distribution_a_sentence_says_so(wish: Wish, kernel: FakeKernel) -> None:
    assert "name one with --repo URL" in why(module.acquire(wish.request(repositories=())))
    assert "not asked for" in why(module.acquire(wish.request(download=False)))
    unknown = Target("undetermined", RELEASE, "1")
    assert "the distribution is not known" in why(module.acquire(wish.request(target=unknown)))


def test_a_release_that_is_a_path_is_refused(wish: Wish, kernel: FakeKernel) -> None:
    outcome = module.acquire(wish.request(target=Target("debian", "../../x", "1")))
    assert "no file can be called" in why(outcome)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Return a private key, its public one, and one of another pair; made as the documentation says, by openssl."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("own", "other"):
        private, public = folder / f"{name}.pem", folder / f"{name}.pub"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    return folder / "own.pem", folder / "own.pub", folder / "other.pub"


def test_a_signature_of_the_configured_key_is_asked_for(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel, keys: tuple[Path, Path, Path]
) -> None:
    private, public, other = keys
    assert "is not signed" in why(module.acquire(wish.request(public_key=public)))
    repository.sign(private)
    assert "by none of the keys" in why(module.acquire(wish.request(public_key=other)))
    assert kernel.inserted == []
    assert module.acquire(wish.request(public_key=public)).way == "downloaded"
    repository.add("agent_probe_debian_6.1.0_1.ko", b"added later, the list is signed no longer")
    kernel.loaded = None
    assert module.acquire(wish.request(public_key=public)).way == "stored"


def test_a_signature_by_openssl_is_as_good(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel, keys: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    private, public, other = keys
    listed, signature = tmp_path / "list", tmp_path / "signature"
    listed.write_bytes(repository.files[names.CHECKSUMS])
    command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", private, "-in", listed, "-out", signature]
    subprocess.run(command, check=True)
    repository.files[names.SIGNATURE] = signature.read_bytes()
    both = tmp_path / "both.pub"
    both.write_bytes(other.read_bytes() + public.read_bytes())
    assert module.acquire(wish.request(public_key=both)).way == "downloaded"


def test_what_was_taken_unsigned_is_not_used_once_a_key_is_configured(
    wish: Wish, good: bytes, repository: Repository, kernel: FakeKernel, keys: tuple[Path, Path, Path]
) -> None:
    private, public, _ = keys
    assert module.acquire(wish.request()).way == "downloaded"
    kernel.loaded = None
    assert "without a signature" in why(module.acquire(wish.request(public_key=public)), "stored")
    repository.sign(private)
    assert module.acquire(wish.request(public_key=public)).way == "downloaded"


def test_a_key_file_that_is_none_is_a_sentence(wish: Wish, good: bytes, kernel: FakeKernel, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("no key")
    assert "holds no Ed25519 public key" in why(module.acquire(wish.request(public_key=tmp_path / "key")))
    assert "cannot be read" in why(module.acquire(wish.request(public_key=tmp_path / "missing")))
