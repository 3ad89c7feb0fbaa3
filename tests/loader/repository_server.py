"""A repository on the loopback interface that behaves as it is told to."""

from __future__ import annotations

import contextlib
import hashlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from agent.version import __version__
from loader import checksums, names

Behaviour = Callable[["Handler", bytes], None]


@dataclass
class Repository:
    """Files by name, all for one version and architecture. `behave`: what answers for a file instead of sending it."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    behave: dict[str, list[Behaviour]] = field(default_factory=dict)
    """Each behaviour answers once, in turn; then the file is sent."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """File and Range header of each request."""
    headers: list[dict[str, str]] = field(default_factory=list)
    version: str = __version__

    def add(self, name: str, content: bytes, *, listed: bytes | None = None) -> None:
        """Add a driver; `listed`: whose digest the list gives, where that differs."""
        self.files[name] = content
        known = checksums.parse(self.files.get(names.CHECKSUMS, b""))
        known[name] = hashlib.sha256(content if listed is None else listed).hexdigest()
        self.files[names.CHECKSUMS] = checksums.render(known)

    def sign(self, private_key: Path) -> None:
        """Sign the list as it is now."""
        self.files[names.SIGNATURE] = checksums.sign(private_key, self.files[names.CHECKSUMS])

    def count(self, name: str) -> int:
        """Return how often a file was asked for."""
        return [asked for asked, _ in self.asked].count(name)


class Handler(BaseHTTPRequestHandler):
    """Answers for a Repository."""

    repository: Repository
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        repository = self.repository
        prefix = f"/{repository.version}/x86_64/"
        path = unquote(self.path)
        name = path.removeprefix(prefix)
        repository.asked.append((name, self.headers.get("Range")))
        repository.headers.append(dict(self.headers.items()))
        content = repository.files.get(name) if path.startswith(prefix) else None
        waiting = repository.behave.get(name, [])
        with contextlib.suppress(ConnectionError):
            if waiting:
                waiting.pop(0)(self, content or b"")
            elif content is None:
                self.answer(404, b"no such file\n")
            else:
                self.send(content)

    def send(self, content: bytes) -> None:
        """Send a file, or the part that is asked for."""
        wanted = self.headers.get("Range")
        if wanted is None:
            self.answer(200, content)
            return
        begin = int(wanted.removeprefix("bytes=").rstrip("-"))
        if begin >= len(content):
            self.answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        described = {"Content-Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"}
        self.answer(206, content[begin:], described)

    def answer(
        self, status: int, content: bytes, headers: dict[str, str] | None = None, *, only: int | None = None
    ) -> None:
        """Send an answer; `only`: so many bytes of it, then the connection ends."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:only])
        if only is not None:
            self.close_connection = True

    def handle(self) -> None:
        """A client that is killed, or has enough, is none of the server's business."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def status(number: int) -> Behaviour:
    """Answer with a status."""
    return lambda handler, _content: handler.answer(number, b"sorry\n")


def redirect(url: str, number: int = 302) -> Behaviour:
    """Send the client elsewhere."""
    return lambda handler, _content: handler.answer(number, b"", {"Location": url})


def cut(after: int) -> Behaviour:
    """Send so many bytes of what is asked for, and end the connection."""

    def behave(handler: Handler, content: bytes) -> None:
        begin = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        described = {"Content-Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"}
        handler.answer(206 if begin else 200, content[begin:], described if begin else {}, only=after)

    return behave


def drip(seconds: float, *, after: int = 0) -> Behaviour:
    """Send some bytes at once, the rest one by one with pauses, until the client has gone or a long time has passed."""

    def behave(handler: Handler, content: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:after])
        end = time.monotonic() + 20
        for byte in content[after:]:
            handler.wfile.write(bytes([byte]))
            time.sleep(seconds)
            if time.monotonic() > end:
                break
        handler.close_connection = True

    return behave


def drip_head(seconds: float) -> Behaviour:
    """Never finish the head of the answer."""

    def behave(handler: Handler, _content: bytes) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        end = time.monotonic() + 20
        while time.monotonic() < end:
            handler.wfile.write(b"X-More: 1\r\n")
            time.sleep(seconds)
        handler.close_connection = True

    return behave


def endless(chunk: bytes = bytes(1 << 20)) -> Behaviour:
    """Send without an end and without saying how much."""

    def behave(handler: Handler, _content: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        for _ in range(1000):
            handler.wfile.write(chunk)

    return behave


def says_huge(handler: Handler, _content: bytes) -> None:
    """Promise more than anybody takes."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(1 << 40))
    handler.end_headers()
    handler.close_connection = True


def ignores_range(handler: Handler, content: bytes) -> None:
    """Send everything whatever part is asked for."""
    handler.answer(200, content)


@contextlib.contextmanager
def serve(certificate: Path | None = None) -> Iterator[Repository]:
    """Yield a repository that is served while the block runs; `certificate`: PEM with its key, for https."""
    repository = Repository()

    class Bound(Handler):
        pass

    Bound.repository = repository
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
    server.daemon_threads = True
    server.block_on_close = False
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda _request, _address: None  # type: ignore[method-assign]  # clients that refuse it
        scheme = "https"
    repository.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield repository
    finally:
        server.shutdown()
        server.server_close()
