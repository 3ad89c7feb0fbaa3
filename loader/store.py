"""Drivers kept on this machine: VERSION/ARCH/FILE, and beside each a FILE.json with its digest and where it came from.

A file is believed when the digest beside it is its own. One loader works on a store at a time.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from loader import checksums, durable
from loader.acquisition import NotThisWay, NoWay, Outcome, Request, Step, Way, in_turn

LOCK = "lock"
PARTIAL = ".part"
LARGEST_NOTE = 64 << 10


class Store:
    """The folder. Every method raises NotThisWay with a sentence where the disk does not do its part."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock: int | None = None
        """Descriptor of the lock while it is held: for children, so that it is held while they work, whoever dies."""

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other loaders away. Raises NoWay while one is at work, or when the folder is not this user's own."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = self.folder.stat()
            lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise NoWay(f"the store {self.folder} cannot be used: {error.strerror}") from error
        try:
            if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022:
                raise NoWay(f"others may write to the store {self.folder}, so nothing of it can be loaded: chmod 700")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
                raise NoWay(f"another loader (process {holder}) is at work; try again when it is done") from error
            # The lock is the kernel's and ends with its holder; the number is for people.
            with contextlib.suppress(OSError):
                os.ftruncate(lock, 0)
                os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
            self.lock = lock
            self._sweep()
            yield
        finally:
            self.lock = None
            os.close(lock)

    def _sweep(self) -> None:
        """Remove what an interrupted loader left, but for downloads, which are gone on with."""
        for path in self.folder.rglob(f"*{durable.UNFINISHED}"):
            with contextlib.suppress(OSError):
                path.unlink()

    def path(self, version: str, arch: str, name: str) -> Path:
        """Return where a file is or will be; its folder exists."""
        folder = self.folder / version.replace("/", "_") / arch.replace("/", "_")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise NotThisWay(f"{folder} cannot be made: {error.strerror}") from error
        return folder / name

    def partial(self, path: Path) -> Path:
        """Return where a download of a file collects."""
        return path.with_name(path.name + PARTIAL)

    def scratch(self, path: Path) -> Path:
        """Return where a file is built; what is left of it is removed when the store is locked the next time."""
        return path.with_name(f"{path.name}.built{durable.UNFINISHED}")

    def check(self, path: Path, signers: Collection[str] | None) -> str:
        """Return where a whole file came from; raises NotThisWay when there is none, and removes a damaged one.

        `signers`: fingerprints of the keys one of which has to have signed what was downloaded; None: it need not be.
        """
        if not path.exists():
            raise NotThisWay(f"there is no {path.name} in {self.folder}")
        note = _read_note(_note(path))
        try:
            whole = note is not None and checksums.of_file(path) == note["sha256"]
            if note is None or not whole:
                self.remove(path)
        except OSError as error:
            raise NotThisWay(f"{path} cannot be read: {error.strerror}") from error
        if note is None or not whole:
            raise NotThisWay(f"{path} was damaged (its checksum is another, or is missing) and has been removed")
        if note["origin"] != "built" and signers is not None and note["signed_by"] not in signers:
            raise NotThisWay(f"{path} was downloaded without a signature of the key that is wanted now")
        return note["origin"]

    def accept(self, path: Path, digest: str, origin: str, signed_by: str = "") -> None:
        """Give what lies whole at `partial(path)` its name. `origin`: `built`, or the URL."""
        partial = self.partial(path)
        note = {"sha256": digest, "origin": origin, "signed_by": signed_by}
        try:
            partial.chmod(0o600)
            durable.sync(partial)
            # The digest first: a file that has its name has its digest.
            durable.write(_note(path), json.dumps(note).encode())
            durable.rename(partial, path)
        except OSError as error:
            raise NotThisWay(f"{path} could not be written: {error.strerror}") from error

    def signers(self, public_key: Path | None) -> list[str] | None:
        """Return the fingerprints of the keys in a file, for `check`; None without a file. Raises NotThisWay."""
        try:
            return None if public_key is None else list(checksums.public_keys(public_key))
        except checksums.ChecksumError as error:
            raise NotThisWay(str(error)) from error

    def put(self, source: Path, path: Path) -> None:
        """Take a copy of what was built here."""
        partial = self.partial(path)
        try:
            content = source.read_bytes()
            durable.write(partial, content)
            self.accept(path, checksums.of_file(partial), "built")
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise NotThisWay(f"{source} could not be copied to {path}: {error.strerror}") from error

    def remove(self, path: Path) -> None:
        """Remove a file and what is said of it. Raises OSError."""
        path.unlink(missing_ok=True)
        _note(path).unlink(missing_ok=True)

    def drivers(self) -> list[Path]:
        """Return every file that is kept, or was begun."""
        return sorted(path for path in self.folder.rglob("*") if path.is_file() and path.name != LOCK)


def acquired(driver: str, running: Way | None, ways: Iterable[Way], request: Request, store: Store) -> Outcome:
    """Try ways to a driver in turn, alone in the store; that it runs already is seen without one, too."""
    first = [] if running is None else [running]
    if first and (outcome := in_turn(driver, first, _unheard)).ready:
        request.say(f"{driver}, {outcome.way}: {outcome.steps[-1].sentence}")
        return outcome
    try:
        with store.locked():
            return in_turn(driver, [*first, *ways], request.say)
    except NoWay as reason:
        request.say(f"{driver}: {reason}")
        return Outcome(driver, (Step("begun", False, str(reason)),))


def _unheard(_sentence: str) -> None:
    pass


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _read_note(path: Path) -> dict[str, str] | None:
    try:
        with path.open("rb") as file:
            note = json.loads(file.read(LARGEST_NOTE))
    except (OSError, ValueError, RecursionError):
        return None
    known = isinstance(note, dict) and all(isinstance(note.get(k), str) for k in ("sha256", "origin", "signed_by"))
    return note if known else None
