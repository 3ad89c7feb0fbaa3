"""Modern eBPF, classic eBPF and the module, side by side, record the same run of the test programs alike."""

import json
import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.drivers.parity_run import compare_run, lines, report
from tests.drivers.recording import record
from tests.vm import drivers, luggage, prepare
from tests.vm.drivers import Driver


def _together() -> list[Driver]:
    """Return the driver that all others are compared with: classic eBPF, which is not loaded in two ways at once."""
    wanted = prepare.to_run()
    classic = [driver for driver in wanted if driver.kind == "ebpf"]
    # The prebuilt one where there is a choice: in a guest, bcc compiles for minutes.
    return sorted(classic, key=lambda driver: driver is not drivers.PREBUILT)[:1] or [
        driver for driver in wanted if driver is drivers.KMOD
    ]


@pytest.mark.parametrize("driver", _together(), ids=lambda driver: driver.name)
def test_drivers_record_the_same_calls_alike(driver: Driver, tmp_path: Path) -> None:
    others = [other for other in prepare.to_run() if other.kind not in ("ebpf", driver.kind)]
    with ExitStack() as loaded:
        for one in (driver, *others):
            loaded.enter_context(prepare.loaded(one))
        kinds = [one.kind for one in (*others, driver)]
        assert len(kinds) > 1, "one driver has nothing to be compared with"
        run = record(kinds, sorted(luggage.programs().iterdir()), tmp_path)
    content = report(run, compare_run(run))
    Path(os.environ["AGENT_LAB_FILES"], f"parity-{driver.name}.json").write_text(json.dumps(content, indent=1))
    print("\n".join(lines(content)))
    assert content["agree"], "\n".join(lines(content)[::-1])
