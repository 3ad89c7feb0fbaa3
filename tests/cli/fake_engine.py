"""The `agent` command with a stand-in for the native module, for tests whose subject is what surrounds it.

Run as a program: `python -m tests.cli.fake_engine ARGUMENTS…`. The variable FAKE_ENGINE holds a JSON list of steps,
one for each call of `run`: {"alerts": [text, …]}, {"wait": seconds} or {"lost": message}; {"refuse": message} as the
first one is for the opening.
"""

import json
import os
import sys
import time
import types


class CaptureError(Exception):
    """As in `agent._core`."""


class Engine:
    """Does the steps of FAKE_ENGINE; afterwards there is nothing more to alert about."""

    def __init__(self, plan_json: str, options_json: str) -> None:
        self.rules = json.loads(plan_json)["rules"]
        self.options = json.loads(options_json)
        self.steps = json.loads(os.environ.get("FAKE_ENGINE", "[]"))
        self.alerts = 0
        self.stopped = False

    def open_driver(self, options_json: str) -> str:
        json.loads(options_json)
        if self.steps and "refuse" in self.steps[0]:
            raise CaptureError(self.steps[0]["refuse"])
        return json.dumps({"driver": "modern_ebpf", "kernel": "6.1.0", "refused": [], "syscalls": 7})

    def run(self, timeout_ms: int) -> list[tuple[int, int, bytes]]:
        step = self.steps.pop(0) if self.steps and not self.stopped else {"wait": timeout_ms / 1000}
        if "lost" in step:
            raise CaptureError(step["lost"])
        time.sleep(step.get("wait", 0))
        found = [text.encode() for text in step.get("alerts", [])]
        self.alerts += len(found)
        return [(0, 4, line) for line in found]

    def ended(self) -> bool:
        return False

    def position(self) -> int | None:
        return None

    def stop(self) -> None:
        self.stopped = True

    def stats(self) -> str:
        return json.dumps(
            {
                "events": 10,
                "alerts": self.alerts,
                "alerts_by_rule": {self.rules[0]["name"]: self.alerts},
                "lost": {"total": 2, "by_category": {"file": 2}, "by_cause": {"ring full": 2}},
            }
        )


def install() -> None:
    """Put the stand-in where `agent._core` is looked for."""
    module = types.ModuleType("agent._core")
    module.__dict__.update(
        Engine=Engine, CaptureError=CaptureError, version=lambda: "0.0.0-fake", check_plan=lambda plan: None
    )
    sys.modules["agent._core"] = module
    import agent

    agent._core = module  # type: ignore[attr-defined]


if __name__ == "__main__":
    install()
    from agent.cli import main

    raise SystemExit(main(sys.argv[1:]))
