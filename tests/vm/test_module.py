"""What the module makes of requests: right ones, wrong ones, and hostile ones."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.vm import module_device as kmod
from tests.vm.drivers import KMOD, Driver
from tests.vm.module_device import Device, Mapping

pytestmark = pytest.mark.parametrize("driver", [KMOD], indirect=True, ids=[KMOD.name])

CRITICAL, BULK = 1 << 16, 1 << 18
# What a system call without an event of its own is recorded as.
GENERIC_X = 1
GETPPID = 110
ME = f"import os, sys, time\nsys.path.insert(0, {str(Path(__file__).resolve().parents[2])!r})\n"


def refused(act: Callable[..., object], *arguments: object) -> int:
    """Return the errno that an act ends with, 0 if it succeeds."""
    try:
        act(*arguments)
    except OSError as error:
        return error.errno or -1
    return 0


def users() -> int:
    return int(Path("/sys/module/agent_probe/refcnt").read_text())


@pytest.fixture(autouse=True)
def nothing_is_left_behind(driver: Driver) -> Iterator[None]:
    """After each test nobody uses the module."""
    yield
    deadline = time.monotonic() + 10
    while users() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert users() == 0


@pytest.fixture
def claimed(driver: Driver) -> Iterator[Device]:
    with Device() as device:
        yield device


@pytest.fixture
def configured(claimed: Device) -> Device:
    claimed.ask(kmod.CONFIGURE, kmod.configuration(critical=CRITICAL, bulk=BULK))
    return claimed


def add_myself(device: Device) -> None:
    start = int(Path("/proc/self/stat").read_text().rpartition(") ")[2].split()[19])
    device.ask(kmod.SCOPE_ADD, struct.pack("=IIQ", os.getpid(), 0, start))


def test_the_devices_are_roots_alone() -> None:
    assert kmod.cpus()
    for cpu in kmod.cpus():
        status = os.stat(f"/dev/agent{cpu}")
        assert (status.st_mode & 0o7777, status.st_uid, status.st_gid) == (0o600, 0, 0)


def test_the_version_is_that_of_the_sources(claimed: Device) -> None:
    api, cpus, schema, text = struct.unpack_from("=IIQ32s", claimed.ask(kmod.VERSION, bytes(112)))
    assert (api, schema) == (kmod.API, kmod.schema_hash())
    assert cpus > max(kmod.cpus())
    assert text.rstrip(b"\0").decode() in (kmod.SHARED / "generated/schema.h").read_text()


def test_another_interface_or_schema_is_refused(claimed: Device) -> None:
    for wrong in ({"api": 0}, {"api": 2}, {"schema": 0}, {"schema": 1 << 63}):
        assert refused(claimed.ask, kmod.CONFIGURE, kmod.configuration(**wrong)) == errno.EPROTO


def test_a_buffer_size_that_is_not_allowed_is_refused(claimed: Device) -> None:
    for size in (0, 1, 2048, 4095, 4097, 12288, (1 << 18) + 1, 1 << 30, 1 << 40, 1 << 63):
        for lane in ("critical", "bulk"):
            wrong = kmod.configuration(**{lane: size})
            assert refused(claimed.ask, kmod.CONFIGURE, wrong) == errno.EINVAL, (lane, size)


def test_reserved_members_and_unknown_scopes_are_refused(claimed: Device) -> None:
    for wrong in ({"reserved": 1}, {"scope": 2}):
        assert refused(claimed.ask, kmod.CONFIGURE, kmod.configuration(**wrong)) == errno.EINVAL


def test_configuring_twice_is_refused(configured: Device) -> None:
    assert refused(configured.ask, kmod.CONFIGURE, kmod.configuration()) == errno.EBUSY


def test_nothing_but_the_version_goes_before_configuring(claimed: Device) -> None:
    assert refused(claimed.ask, kmod.START) == errno.EINVAL
    assert refused(claimed.ask, kmod.STOP) == errno.EINVAL
    assert refused(claimed.ask, kmod.SCOPE_ADD, struct.pack("=IIQ", 1, 0, 1)) == errno.EINVAL
    assert refused(claimed.ask, kmod.SCOPE_CGROUP, bytes(8)) == errno.EINVAL
    assert refused(claimed.data, 0, CRITICAL) == errno.ENXIO


def test_an_unknown_request_is_refused(configured: Device) -> None:
    for request in (0, 0xE708, 0xE7FF, kmod.VERSION ^ 0x10000, 0x5401, 0xFFFFFFFF):
        assert refused(configured.ask, request, bytes(8)) == errno.ENOTTY, hex(request)


def test_an_address_that_is_not_mapped_is_refused(configured: Device) -> None:
    for request in (kmod.VERSION, kmod.SET_LIVE, kmod.SCOPE_ADD, kmod.SCOPE_CGROUP, kmod.CONFIGURE, kmod.STATS):
        for address in (0, 8, -4096, 0x7FFF_FFFF_F000):
            done = kmod.libc.ioctl(configured.fd, ctypes.c_ulong(request), ctypes.c_long(address))
            assert (done, ctypes.get_errno()) == (-1, errno.EFAULT), (hex(request), hex(address))


def test_counters_of_a_cpu_that_cannot_be_there_are_refused(configured: Device) -> None:
    for cpu in (1 << 16, 0xFFFFFFFF):
        assert refused(configured.ask, kmod.STATS, struct.pack("=I", cpu) + bytes(324)) == errno.EINVAL


# Length, offset, protection, flags, errno.
WRONG_MAPPINGS = (
    (2 * kmod.PAGE, 0, mmap.PROT_READ, mmap.MAP_SHARED, errno.EINVAL),
    (kmod.PAGE, kmod.PAGE, mmap.PROT_READ, mmap.MAP_SHARED, errno.EINVAL),
    (2 * CRITICAL, kmod.PAGE, mmap.PROT_READ, mmap.MAP_SHARED, errno.EINVAL),
    (2 * CRITICAL + 2 * kmod.PAGE, kmod.PAGE, mmap.PROT_READ, mmap.MAP_SHARED, errno.EINVAL),
    (kmod.PAGE, 2 * kmod.PAGE, mmap.PROT_READ, mmap.MAP_SHARED, errno.EINVAL),
    (2 * BULK + kmod.PAGE, kmod.PAGE, mmap.PROT_READ, mmap.MAP_SHARED, errno.EINVAL),
    (kmod.PAGE, 2 * kmod.LANE_STRIDE, mmap.PROT_READ, mmap.MAP_SHARED, errno.EINVAL),
    (kmod.PAGE, 1 << 62, mmap.PROT_READ, mmap.MAP_SHARED, errno.EINVAL),
    (kmod.PAGE, 0, mmap.PROT_READ, mmap.MAP_PRIVATE, errno.EINVAL),
    (2 * CRITICAL + kmod.PAGE, kmod.PAGE, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, errno.EPERM),
    (kmod.PAGE, 0, mmap.PROT_READ | mmap.PROT_EXEC, mmap.MAP_SHARED, errno.EPERM),
)


def test_a_mapping_of_the_wrong_shape_is_refused(configured: Device) -> None:
    for *wrong, expected in WRONG_MAPPINGS:
        assert refused(Mapping, configured, *wrong) == expected, wrong


def test_what_is_for_reading_cannot_be_made_writable_or_executable(configured: Device) -> None:
    data = configured.data(0, CRITICAL)
    try:
        for protection in (mmap.PROT_READ | mmap.PROT_WRITE, mmap.PROT_READ | mmap.PROT_EXEC):
            assert refused(data.protect, protection) == errno.EACCES
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            assert refused(os.pwrite, memory.fileno(), b"x", data.address) == errno.EIO
    finally:
        data.close()


def test_a_second_reader_is_refused(claimed: Device) -> None:
    assert refused(Device) == errno.EBUSY
    other = ME + "try: os.open('/dev/agent1' if os.path.exists('/dev/agent1') else '/dev/agent0', os.O_RDWR)\n"
    other += "except OSError as error: sys.exit(error.errno)\n"
    assert subprocess.run([sys.executable, "-c", other], timeout=60).returncode == errno.EBUSY


def test_the_first_device_is_what_claims_the_module() -> None:
    if len(kmod.cpus()) < 2:
        pytest.skip("this guest has one CPU")
    assert refused(Device, 1) == errno.ENXIO


def test_a_device_can_be_neither_read_nor_written(configured: Device) -> None:
    assert refused(os.read, configured.fd, 8) == errno.EINVAL
    assert refused(os.write, configured.fd, b"x") == errno.EINVAL


def test_the_module_cannot_be_unloaded_while_it_is_mapped() -> None:
    with Device() as device:
        device.ask(kmod.CONFIGURE, kmod.configuration(critical=CRITICAL, bulk=BULK))
        data = device.data(1, BULK)
    try:
        assert users() > 0
        assert subprocess.run(["rmmod", "agent_probe"], stderr=subprocess.DEVNULL, timeout=60).returncode != 0
        assert data.position() == 0
        assert refused(Device) == errno.EBUSY
    finally:
        data.close()


def test_a_killed_reader_leaves_nothing() -> None:
    script = ME + (
        "from tests.vm import module_device as kmod\n"
        "devices = [kmod.Device(cpu) for cpu in kmod.cpus()]\n"
        f"devices[0].ask(kmod.CONFIGURE, kmod.configuration(critical={CRITICAL}, bulk={BULK}))\n"
        f"maps = [(d.consumer(1), d.data(1, {BULK})) for d in devices]\n"
        "devices[0].ask(kmod.START)\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        assert users() >= len(kmod.cpus())
        reader.send_signal(signal.SIGKILL)
    # The fixture waits for the module to be free; then it can be claimed again.


def records(data: Mapping, size: int, begin: int = 0) -> list[bytes]:
    """Return the records between a position and the producer's."""
    found, position, producer = [], begin, data.position()
    while position < producer:
        at = kmod.PAGE + position % size
        length = int.from_bytes(data.read(at, 4), "little")
        assert not length >> 30, "a record is still being written"
        found.append(data.read(at + 8, length))
        position += (length + 8 + 7) & ~7
    return found


def bulk_counters(device: Device) -> tuple[int, int]:
    """Return how many bulk records of the first CPU were written, and how many were not."""
    state = device.ask(kmod.STATS, struct.pack("=I", 0) + bytes(324))
    return struct.unpack_from("=I", state, 8 + 8)[0], struct.unpack_from("=I", state, 8 + 16)[0]


def pinned_calls(count: int) -> None:
    """Make a system call so many times on the first CPU."""
    os.sched_setaffinity(0, {0})
    for _ in range(count):
        os.getppid()


def test_system_calls_of_the_scope_are_recorded(configured: Device) -> None:
    bulk = configured.data(1, BULK)
    consumer = configured.consumer(1)
    try:
        configured.ask(kmod.SET_LIVE, kmod.live({GETPPID: (GENERIC_X, 77)}))
        configured.ask(kmod.START)
        pinned_calls(5)
        assert records(bulk, BULK) == []  # not in the scope yet
        add_myself(configured)
        pinned_calls(5)
        configured.ask(kmod.STOP)
        pinned_calls(5)
        found = records(bulk, BULK)
        assert len(found) == 5
        for number, record in enumerate(found):
            sequence, lost, cpu = struct.unpack_from("=IIH", record)
            assert (sequence, lost, cpu) == (number, 0, 0)
            tid, length, event, count, first, second = struct.unpack_from("=QIHIHH", record, 22)
            assert (tid, length, event, count, first, second) == (os.getpid(), 34, GENERIC_X, 2, 2, 2)
            assert struct.unpack_from("=HH", record, 44) == (77, GETPPID)
    finally:
        bulk.close()
        consumer.close()


def test_a_hostile_consumer_position_does_no_harm(configured: Device) -> None:
    hostile = (1, 7, BULK + 8, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 8, (1 << 64) - 1)
    bulk = configured.data(1, BULK)
    consumer = configured.consumer(1)
    try:
        configured.ask(kmod.SET_LIVE, kmod.live({GETPPID: (GENERIC_X, 77)}))
        add_myself(configured)
        configured.ask(kmod.START)
        calls = 0
        for position in hostile:
            before = bulk_counters(configured)
            consumer.set_position((bulk.position() + position) % (1 << 64))
            pinned_calls(5_000)  # more than the ring holds
            consumer.set_position(bulk.position())
            pinned_calls(3)
            calls += 5_003
            after = bulk_counters(configured)
            assert sum(after) == calls
            assert after[0] - before[0] >= 3, hex(position)
            assert after[1] > before[1], hex(position)
    finally:
        bulk.close()
        consumer.close()


def test_a_full_ring_counts_what_it_could_not_take(configured: Device) -> None:
    bulk = configured.data(1, BULK)
    try:
        configured.ask(kmod.SET_LIVE, kmod.live({GETPPID: (GENERIC_X, 77)}))
        add_myself(configured)
        configured.ask(kmod.START)
        pinned_calls(10_000)
        configured.ask(kmod.STOP)
        held = BULK // 56
        assert len(records(bulk, BULK)) == held
        assert bulk_counters(configured) == (held, 10_000 - held)
    finally:
        bulk.close()
