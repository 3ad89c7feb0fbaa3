"""Bringing bytes from a URL: bounded in size and time, tried again, gone on with where an earlier attempt ended."""

from __future__ import annotations

import contextlib
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urljoin, urlsplit

import requests
import urllib3
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from agent.version import __version__
from loader.acquisition import Http

CHUNK = 64 << 10
REDIRECTIONS = 5
LONGEST_PAUSE = 30.0
"""Seconds; a server may ask for more, and does not get it."""
AGAIN = (408, 425, 429, 500, 502, 503, 504)


class TransferError(Exception):
    """Nothing, or not everything, was brought. The message is a sentence."""


class NotThere(TransferError):  # noqa: N818
    """The server has no such file."""


class _Again(Exception):  # noqa: N818
    """This attempt failed, the next one may not; `pause`: what the server asks for, in seconds."""

    def __init__(self, why: str, pause: float = 0.0) -> None:
        super().__init__(why)
        self.pause = pause


class _Target:
    """What is written to: bytes so far, at most `limit`."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self.file = file
        self.limit = limit
        self.size = file.seek(0, 2)

    def restart(self) -> None:
        self.file.seek(0)
        self.file.truncate()
        self.size = 0

    def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self.limit:
            raise TransferError(f"it is larger than {self.limit} bytes, which nothing of ours is")
        self.file.write(chunk)


def bring(url: str, file: IO[bytes], limit: int, http: Http, show: Callable[[int, int | None], None]) -> None:
    """Append to `file` what it lacks of a URL. `show` gets the bytes so far and, where known, of all.

    Raises TransferError; what has come by then stays in the file, for the next time. Raises OSError for a full disk.
    """
    target = _Target(file, limit)
    if urlsplit(url).scheme == "file":
        _copy(url, target, show)
        return
    if http.insecure:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # whoever asked for it knows
    session = requests.Session()
    pause = http.pause
    with session:
        for attempt in range(1, http.attempts + 1):
            try:
                _attempt(session, url, target, http, show)
            except _Again as error:
                if attempt == http.attempts:
                    raise TransferError(f"{error} ({attempt} attempts)") from error
                # Chance keeps many machines that start together from asking together.
                time.sleep(min(LONGEST_PAUSE, max(error.pause, pause * random.uniform(0.75, 1.25))))  # noqa: S311
                pause *= 2
            else:
                return


def _copy(url: str, target: _Target, show: Callable[[int, int | None], None]) -> None:
    path = Path(unquote(urlsplit(url).path))
    target.restart()
    try:
        source = path.open("rb")
    except FileNotFoundError:
        raise NotThere("there is no such file") from None
    except OSError as error:
        raise TransferError(f"it cannot be read: {error.strerror}") from error
    with source:
        while chunk := source.read(CHUNK):
            target.write(chunk)
            show(target.size, None)


def _attempt(
    session: requests.Session, url: str, target: _Target, http: Http, show: Callable[[int, int | None], None]
) -> None:
    deadline = time.monotonic() + http.timeout
    response = _ask(session, url, target.size, http, deadline)
    with contextlib.closing(response):
        if response.status_code == 416 and target.size:
            # Nothing follows what there is; if it is the file, its checksum will say so.
            return
        total = _begin(response, target)
        for chunk in _chunks(response, target):
            target.write(chunk)
            show(target.size, total)
            if time.monotonic() > deadline:
                raise _Again(f"it was too slow: {target.size} of {total or 'unknown'} bytes in {http.timeout:g} s")
        if total is not None and target.size < total:
            raise _Again(f"only {target.size} of {total} bytes came")


def _begin(response: requests.Response, target: _Target) -> int | None:
    """Set the target to where the answer's bytes belong; return how many there will be, where that is said."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise TransferError("the server sends it compressed, which was not asked for")
    begin = 0
    if response.status_code == 206:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != target.size:
            target.restart()
            raise _Again("the server sent another part than was asked for")
        begin = target.size
    else:
        target.restart()
    length = response.headers.get("Content-Length", "")
    total = begin + int(length) if re.fullmatch(r"\d{1,15}", length) else None
    if total is not None and total > target.limit:
        raise TransferError(f"it is {total} bytes large; more than {target.limit} are not taken")
    return total


def _chunks(response: requests.Response, target: _Target) -> Iterator[bytes]:
    # As they come: a read of a fixed size would wait for a slow server past every deadline.
    while True:
        try:
            chunk = response.raw.read1(CHUNK, decode_content=False)
        except (OSError, urllib3.exceptions.HTTPError, HTTPException) as error:
            why = "" if "IncompleteRead" in str(error) else f": {_words(error)}"
            raise _Again(f"the connection ended after {target.size} bytes{why}") from error
        if not chunk:
            return
        yield chunk


def _ask(session: requests.Session, url: str, have: int, http: Http, deadline: float) -> requests.Response:
    """Return the answer that is no redirection: 200, 206 or 416. Raises TransferError and _Again."""
    origin = urlsplit(url)[:2]
    for _ in range(REDIRECTIONS + 1):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise TransferError(f"{parts.scheme or 'a URL without a scheme'} is not http, https or file")
        headers = {"Accept-Encoding": "identity", "User-Agent": f"agent-driver-loader/{__version__}"}
        if parts[:2] == origin:
            headers.update(http.headers)
        if have:
            headers["Range"] = f"bytes={have}-"
        response = _answer(session, url, headers, http, deadline)
        status = response.status_code
        if status in (200, 206) or (status == 416 and have):
            return response
        response.close()
        if status in (301, 302, 303, 307, 308) and (location := response.headers.get("Location")):
            url = urljoin(url, location)
            if parts.scheme == "https" and urlsplit(url).scheme != "https" and not http.insecure:
                raise TransferError(f"the server redirects from https to {urlsplit(url).scheme}")
            continue
        if status in (404, 410):
            raise NotThere(f"the server has no such file (HTTP {status})")
        if status in AGAIN:
            after = response.headers.get("Retry-After", "")
            raise _Again(f"the server answered HTTP {status}", float(after) if re.fullmatch(r"\d{1,6}", after) else 0.0)
        denied = "; the repository wants credentials: --http-header" if status in (401, 403) else ""
        raise TransferError(f"the server answered HTTP {status}{denied}")
    raise TransferError(f"the server redirected more than {REDIRECTIONS} times")


def _answer(
    session: requests.Session, url: str, headers: dict[str, str], http: Http, deadline: float
) -> requests.Response:
    """Return the head of an answer. In a thread, since a server can drip a head for as long as it likes."""
    answers: list[requests.Response | Exception] = []
    left = max(0.1, deadline - time.monotonic())

    def ask() -> None:
        try:
            answers.append(
                session.get(
                    url,
                    headers=headers,
                    stream=True,
                    allow_redirects=False,
                    timeout=(min(http.connect_timeout, left), left),
                    verify=not http.insecure,
                )
            )
        except Exception as error:
            answers.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(left + 1)
    if not answers:
        raise _Again(f"the server did not answer within {http.timeout:g} s")
    found = answers[0]
    if isinstance(found, requests.Response):
        return found
    if isinstance(found, requests.exceptions.SSLError):
        raise TransferError(f"the server's certificate is not accepted: {_words(found)}") from found
    if isinstance(found, (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)):
        raise _Again(f"the server could not be reached: {_words(found)}") from found
    if isinstance(found, requests.RequestException):
        raise TransferError(f"it cannot be asked for: {_words(found)}") from found
    raise found


def _words(error: BaseException) -> str:
    """Return the last words of an error that wraps others; the first are of objects in memory."""
    text = re.sub(r"<[^<>]* object at 0x[0-9a-f]+>:? ?", "", str(error))
    return text.rsplit("Caused by ", 1)[-1].strip("()' ")[:200] or type(error).__name__


@contextlib.contextmanager
def progress_bar(name: str) -> Iterator[Callable[[int, int | None], None]]:
    """Yield what `bring` shows its progress with: a bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _done, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task: TaskID = progress.add_task(name, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
