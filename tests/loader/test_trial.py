"""Trying a driver: what counts as working, and what an agent that fails, hangs or dies makes of it."""

from __future__ import annotations

import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from loader import trial
from loader.facts import metadata
from loader.facts.platform import Platform


def judged(monkeypatch: pytest.MonkeyPatch, program: str, patience: float = 20) -> trial.Trial:
    monkeypatch.setattr(trial, "_PATIENCE", patience)
    return trial._judge("modern_ebpf", [sys.executable, "-c", program])


def test_an_event_is_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(monkeypatch, "print('openat')") == trial.Trial(
        "modern_ebpf", True, "it was tried and captured an event (openat)"
    )


def test_no_event_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(monkeypatch, "").sentence == "it was loaded, but no event came in 10 seconds"


def test_the_agents_own_sentence_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import sys; print('noise\\nError: the program was refused:\\nR1 is bad.', file=sys.stderr); sys.exit(1)"
    found = judged(monkeypatch, program)
    assert not found.works
    assert found.sentence == "the program was refused: R1 is bad"


def test_an_agent_that_dies_is_told_by_its_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ended with signal 9" in judged(monkeypatch, "import os; os.kill(os.getpid(), 9)").sentence


def test_an_agent_that_hangs_is_ended_with_all_its_children(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    note = f"open({str(tmp_path / 'pids')!r}, 'a').write(f'{{os.getpid()}} ')"
    program = f"import os, time; os.fork(); {note}; time.sleep(60)"
    found = judged(monkeypatch, program, patience=1)
    assert found.sentence == "the agent was not done with it after 1 seconds"
    for pid in (tmp_path / "pids").read_text().split():
        for _ in range(50):
            if not os.path.exists(f"/proc/{pid}") or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]:
                break
            time.sleep(0.05)
        else:
            pytest.fail(f"{pid} still runs")


def test_the_subject_ends_with_the_loader() -> None:
    with trial._subject() as pid:
        assert Path(f"/proc/{pid}").exists()
    assert not Path(f"/proc/{pid}").exists()


class Service(BaseHTTPRequestHandler):
    delay = 0.0

    def do_GET(self) -> None:
        time.sleep(self.delay)
        good = self.headers.get("Metadata-Flavor") == "Google"
        self.send_response(200 if good else 403)
        self.end_headers()

    def do_PUT(self) -> None:
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def service() -> str:  # type: ignore[misc]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"  # type: ignore[misc]
    server.shutdown()


def test_the_metadata_service_that_answers_is_the_cloud(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "SECONDS", 20)  # a machine under load is not what is tested
    assert [platform.name for platform in metadata.ask([], service)] == ["gce"]
    assert metadata.ask([Platform("gce", "", "")], service) == []


def test_half_a_second_is_the_limit(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Service, "delay", 3.0)
    started = time.monotonic()
    assert metadata.ask([], service) == []
    assert time.monotonic() - started < 1.5
