"""Alerts and the program's own errors share a stream, and neither cuts the other's lines in two."""

import os
import re
import select
import threading

from agent.outputs.writer import LineWriter
from tests.pdig.running import pdig


def test_lines_of_several_writers_stay_whole() -> None:
    reader, writer = os.pipe()
    lines = [b"x" * (17 + number * 37 % 900) for number in range(4000)]
    other = threading.Thread(target=lambda: [os.write(writer, b"other\n") for _ in range(20_000)])
    ours = threading.Thread(target=lambda: LineWriter(writer, buffered=False, shared=True).write(lines))
    seen = bytearray()
    other.start()
    ours.start()
    expected = sum(len(line) + 1 for line in lines) + 20_000 * 6
    while len(seen) < expected:
        assert select.select([reader], [], [], 20)[0]
        seen += os.read(reader, 4096)
    other.join()
    ours.join()
    os.close(reader)
    os.close(writer)
    found = bytes(seen).split(b"\n")[:-1]
    assert [line for line in found if line != b"other"] == lines
    assert found.count(b"other") == 20_000


def test_alerts_and_errors_do_not_garble_each_other() -> None:
    script = "for i in $(seq 1 150); do cat /etc/shadow > /dev/null; echo error $i >&2; done"
    traced = pdig("--", "sh", "-c", script)
    lines = traced.stderr.splitlines()
    alert = re.compile(r"\d\d:\d\d:\d\d\.\d{9}: Warning Password file read \(.*\)")
    assert [line for line in lines if not alert.fullmatch(line)] == [f"error {number}" for number in range(1, 151)]
    assert sum(1 for line in lines if alert.fullmatch(line)) == 150
