"""Prebuilt drivers from repositories: found, brought, checked, and only then under their names in the store."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loader import checksums, names
from loader.acquisition import NotThisWay, Request
from loader.checksums import ChecksumError
from loader.store import Store
from loader.transfer import NotThere, TransferError, bring, progress_bar

LARGEST = 64 << 20
"""Bytes of a driver; a module with debugging information has about ten million."""
NO_REPOSITORY = (
    "no repository of prebuilt drivers is configured (there is no public one): name one with --repo URL, and fill it "
    "with `agent-driver-loader publish`"
)


@dataclass(frozen=True)
class Listed:
    """The checksums of one folder of a repository, and the fingerprint of who signed them (empty: nobody)."""

    digests: dict[str, str]
    signed_by: str


def fetch_list(repository: str, request: Request) -> Listed:
    """Return what a repository has for the request's version and architecture, its signature checked.

    Raises NotThisWay.
    """

    def small(name: str, limit: int) -> bytes:
        content = io.BytesIO()
        bring(names.url(repository, request.version, request.kernel.arch, name), content, limit, request.http, _unseen)
        return content.getvalue()

    try:
        text = small(names.CHECKSUMS, checksums.LARGEST_LIST)
    except NotThere as error:
        where = names.url(repository, request.version, request.kernel.arch, "")
        raise NotThisWay(f"{repository} has no {names.CHECKSUMS} in {where}, so nothing for this version") from error
    except TransferError as error:
        raise NotThisWay(f"{repository}: {names.CHECKSUMS}: {error}") from error
    signed_by = ""
    try:
        if request.public_key is not None:
            keys = checksums.public_keys(request.public_key)
            signature = small(names.SIGNATURE, checksums.SIGNATURE_BYTES)
            signed_by = checksums.signer(keys, signature, text)
        return Listed(checksums.parse(text), signed_by)
    except NotThere as error:
        raise NotThisWay(
            f"{repository} is not signed (no {names.SIGNATURE}), and a public key is configured"
        ) from error
    except TransferError as error:
        raise NotThisWay(f"{repository}: {names.SIGNATURE}: {error}") from error
    except ChecksumError as error:
        raise NotThisWay(f"{repository}: {error}") from error


def _unseen(_done: int, _total: int | None) -> None:
    pass


def download(driver: str, request: Request, store: Store, check: Callable[[Path], None]) -> Path:
    """Return a prebuilt driver in the store, from the first repository that has one which passes.

    `check` looks into the whole file before it gets its name, and raises NotThisWay. Raises NotThisWay.
    """
    if not request.download:
        raise NotThisWay("downloading was not asked for (--compile)")
    if not request.repositories:
        raise NotThisWay(NO_REPOSITORY)
    if not request.target.known:
        raise NotThisWay("the distribution is not known, and prebuilt drivers are named after it")
    name = names.file_name(driver, request.target)
    path = store.path(request.version, request.kernel.arch, name)
    reasons = []
    for repository in request.repositories:
        try:
            return _from(repository, path, request, store, check)
        except NotThisWay as reason:
            request.say(str(reason))
            reasons.append(str(reason))
    raise NotThisWay("; ".join(reasons))


def _from(repository: str, path: Path, request: Request, store: Store, check: Callable[[Path], None]) -> Path:
    listed = fetch_list(repository, request)
    digest = listed.digests.get(path.name)
    if digest is None:
        raise NotThisWay(f"{repository} has no {path.name}: it is for {len(listed.digests)} others")
    url = names.url(repository, request.version, request.kernel.arch, path.name)
    partial = store.partial(path)
    request.say(f"downloading {url}")
    try:
        _bring_whole(url, partial, digest, request)
    except NotThisWay:
        raise
    except TransferError as error:
        raise NotThisWay(f"{url}: {error}") from error
    except OSError as error:
        # A full disk stays full for the other ways, if this stays.
        partial.unlink(missing_ok=True)
        raise NotThisWay(f"{url} could not be written to {partial}: {error.strerror or error}") from error
    try:
        check(partial)
    except NotThisWay as reason:
        partial.unlink(missing_ok=True)
        raise NotThisWay(f"{url} is refused: {reason}") from reason
    store.accept(path, digest, url, listed.signed_by)
    return path


def _bring_whole(url: str, partial: Path, digest: str, request: Request) -> None:
    """Leave the file with this digest in `partial`, also when what was there already was no part of it."""
    for resumed in (True, False):
        if not (resumed and partial.exists()):
            partial.unlink(missing_ok=True)
            resumed = False
        elif checksums.of_file(partial) == digest:
            return
        with progress_bar(partial.stem) as show, partial.open("ab") as file:
            bring(url, file, LARGEST, request.http, show)
        found = checksums.of_file(partial)
        if found == digest:
            return
        if not resumed:
            break
    partial.unlink(missing_ok=True)
    raise NotThisWay(f"{url} is refused: its SHA-256 is {found}, and the list of checksums says {digest}")
