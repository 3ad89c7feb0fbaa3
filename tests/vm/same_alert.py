"""One alert of each driver, kept for the comparison between them."""

import json
import os
from pathlib import Path
from typing import Any

from tests.live.agent_process import Alert
from tests.vm.drivers import Driver


def _path(driver: Driver) -> Path:
    return Path(os.environ["AGENT_LAB_FILES"], f"alert-{driver.name}.json")


def keep_alert(driver: Driver, alert: Alert) -> None:
    """Keep the alert that a driver raised for the password file."""
    _path(driver).write_text(json.dumps(alert.record, indent=1))


def kept_alert(driver: Driver) -> dict[str, Any]:
    """Return the alert that was kept for a driver. Raises OSError when none was."""
    record = json.loads(_path(driver).read_text())
    assert isinstance(record, dict)
    return record
