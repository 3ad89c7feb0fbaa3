"""The alert for the password file is the same with every driver; test_host_wide.py has kept it before."""

from tests.drivers.alerts import different_alerts
from tests.vm import prepare
from tests.vm.same_alert import kept_alert


def test_every_driver_raises_the_identical_alert() -> None:
    alerts = {driver.name: kept_alert(driver) for driver in prepare.to_run()}
    assert {alert["rule"] for alert in alerts.values()} == {"Password file read"}
    assert different_alerts(alerts) == []
