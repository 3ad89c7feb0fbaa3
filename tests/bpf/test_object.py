"""Objects come from elsewhere: whatever is in the file, the answer is an object or a sentence."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.bpf import load
from drivers.bpf.elf import Object
from drivers.bpf.probe import ProbeError, identity

NAMES = b"\0agent_probe\0.names\0"


def an_object(name: bytes) -> bytes:
    """Return the smallest object that says which probe it is."""
    bodies = [b"", name + b"\0", NAMES]
    at, headers, content = 64, b"", b""
    for body, (text, kind) in zip(bodies, [(0, 0), (1, 1), (13, 3)], strict=True):
        headers += struct.pack("<IIQQQQIIQQ", text, kind, 0, 0, at, len(body), 0, 0, 1, 0)
        content += body
        at += len(body)
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head += struct.pack("<HHIQQQIHHHHHH", 1, 247, 1, 0, 0, at, 0, 64, 0, 0, 64, 3, 2)
    return head + content + headers


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "probe.o"
    path.write_bytes(data)
    return path


def test_a_section_is_found_by_its_name(tmp_path: Path) -> None:
    assert Object(written(tmp_path, an_object(b"0_1_0-abc"))).section("agent_probe") == b"0_1_0-abc\0"


def test_a_probe_of_another_version_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, an_object(b"0_0_9-000000000000"))
    with pytest.raises(ProbeError) as error:
        load.object_file(path, tmp_path / "pins")
    assert "0_0_9-000000000000" in str(error.value)
    assert identity() in str(error.value)


def test_what_is_no_object_is_refused(tmp_path: Path) -> None:
    for data in (b"", b"text\n", an_object(b"x")[:63]):
        with pytest.raises(ProbeError, match="not a whole eBPF object"):
            load.object_file(written(tmp_path, data), tmp_path / "pins")
    with pytest.raises(ProbeError, match="cannot be read"):
        load.object_file(tmp_path / "missing.o", tmp_path / "pins")


def test_sections_that_overlap_are_refused(tmp_path: Path) -> None:
    data = bytearray(an_object(b"x"))
    at = int.from_bytes(data[40:48], "little")
    for number in (1, 2):
        data[at + 64 * number + 24 : at + 64 * number + 40] = struct.pack("<QQ", 0, len(data))
    with pytest.raises(ProbeError, match="larger than the file"):
        Object(written(tmp_path, bytes(data)))


def test_headers_beyond_any_file_are_refused(tmp_path: Path) -> None:
    data = bytearray(an_object(b"x"))
    data[40:48] = struct.pack("<Q", 2**64 - 1)
    with pytest.raises(ProbeError, match="not a whole eBPF object"):
        Object(written(tmp_path, bytes(data)))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400), at=st.integers(0, 320), byte=st.integers(0, 255))
def test_broken_objects_end_in_a_sentence(tmp_path: Path, cut: int, at: int, byte: int) -> None:
    data = bytearray(an_object(identity().encode()))
    data[at % len(data)] = byte
    try:
        found = Object(written(tmp_path, bytes(data[:cut])))
        found.programs()
    except ProbeError as error:
        assert "probe.o" in str(error)
