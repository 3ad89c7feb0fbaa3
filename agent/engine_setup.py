"""From settings to the native engine: its options, and the source that feeds it."""

import json
import os
from dataclasses import replace

from agent.capture import AUTO, Automatic, Ebpf, Kmod, ModernEbpf, Replay, Scope, Source
from agent.config import Settings
from agent.config.settings import ReplaySettings
from agent.errors import ConfigError, ScopeError


def engine_options(
    settings: Settings, *, bare: bool = False, complete_only: bool = False, profile_rules: bool = False
) -> str:
    """Return the options of the native engine for these settings, as `_core.pyi` documents them."""
    return json.dumps(
        {
            "output": {
                "json": settings.json_output,
                "include_output": settings.json_include_output_property,
                "include_message": settings.json_include_message_property,
                "include_output_fields": settings.json_include_output_fields_property,
                "include_tags": settings.json_include_tags_property,
                "time_iso_8601": settings.time_format_iso_8601,
                "base64": settings.buffer_format_base64,
                "hostname": os.environ.get("AGENT_HOSTNAME") or os.environ.get("FALCO_HOSTNAME") or os.uname().nodename,
                "bare": bare,
                "complete_only": complete_only,
            },
            "host_root": os.environ.get("HOST_ROOT") or "/",
            "max_threads": settings.falco_libs.thread_table_size,
            "snaplen": settings.falco_libs.snaplen_bytes,
            "profile_rules": profile_rules,
        }
    )


def replaying(settings: Settings, path: str) -> Settings:
    """Return the settings with a capture file in the place of the driver; `-` is standard input."""
    if not path:
        raise ConfigError("-e needs the name of a capture file, or - for standard input.")
    return replace(settings, engine=replace(settings.engine, kind="replay", replay=ReplaySettings(path)))


def make_source(settings: Settings, scope: Scope | None, *, all_syscalls: bool | None = None) -> Source:
    """Return the configured driver or capture file. `all_syscalls` None: as `base_syscalls.all` says.

    Raises ConfigError for a driver that this version does not have, ScopeError for a scope on a file.
    """
    kind = settings.engine.kind
    if kind == "replay":
        if scope is not None:
            raise ScopeError("--scope limits what a driver captures; events of a file are chosen with a filter.")
        return Replay(settings.engine.replay.capture_file)
    every_call = settings.base_syscalls.all if all_syscalls is None else all_syscalls
    if kind != AUTO:
        return _driver(settings, kind, scope, every_call)
    from loader.candidates import candidates

    def make(driver: str) -> Source:
        return _driver(settings, driver, scope, every_call)

    return Automatic(candidates, make, fallback=settings.engine.fallback)


def _driver(settings: Settings, kind: str, scope: Scope | None, every_call: bool) -> Source:
    engine = settings.engine
    if kind == "modern_ebpf":
        modern = engine.modern_ebpf
        return ModernEbpf(modern.buffer_bytes, every_call, scope, modern.cpus_for_each_buffer)
    if kind == "ebpf":
        return Ebpf(engine.ebpf.buffer_bytes, every_call, scope)
    if kind == "kmod":
        return Kmod(engine.kmod.buffer_bytes, every_call, scope)
    if kind == "pdig":
        from agent.capture.pdig import attached

        return attached(scope, every_call)
    raise ConfigError(
        f"engine.kind {kind} is not in this version, which has auto, modern_ebpf, ebpf, kmod, pdig and replay."
    )
