"""Which kernels repositories have drivers for."""

from __future__ import annotations

from dataclasses import dataclass

from loader import names
from loader.acquisition import NotThisWay, Request
from loader.names import Prebuilt
from loader.repository import NO_REPOSITORY, fetch_list


@dataclass(frozen=True)
class Available:
    """One driver that a repository has."""

    repository: str
    file: str
    prebuilt: Prebuilt
    signed_by: str
    """Fingerprint of the key, empty when no key is configured."""


@dataclass(frozen=True)
class Listing:
    """What was found, and why a repository could not be asked."""

    drivers: tuple[Available, ...]
    reasons: tuple[str, ...]


def available(request: Request) -> Listing:
    """Ask every repository for the request's version and architecture; its kernel and target do not matter."""
    found: list[Available] = []
    reasons = [] if request.repositories else [NO_REPOSITORY]
    for repository in request.repositories:
        try:
            listed = fetch_list(repository, request)
        except NotThisWay as reason:
            reasons.append(str(reason))
            continue
        for file in sorted(listed.digests):
            if prebuilt := names.read_file_name(file):
                found.append(Available(repository, file, prebuilt, listed.signed_by))
    return Listing(tuple(found), tuple(reasons))
