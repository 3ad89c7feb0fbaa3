"""Every configuration key this version acts on, with its type, bounds and default.

Key names and meanings follow Falco's `falco.yaml`, so that configurations move over unchanged. The annotations are
what `agent.config.conversion` checks a configuration against.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from agent.config.conversion import AlsoKnownAs, Range

PRIORITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug")

Severity = Annotated[
    Literal["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"],
    AlsoKnownAs({"info": "informational"}),
]

Count = Annotated[int, Range(0)]

SHIPPED_RULES = Path(__file__).parents[1] / "rules"
LOCAL_RULES = Path("/etc/agent/rules.d")


def default_rules_files() -> list[str]:
    """Return what `rules_files` stands for when it is not set: the shipped rules, then the host's own."""
    return [str(SHIPPED_RULES), *([str(LOCAL_RULES)] if LOCAL_RULES.is_dir() else [])]


@dataclass(frozen=True)
class BufferSettings:
    """`engine.ebpf` and `engine.kmod`: what every kernel driver has."""

    buf_size_preset: Annotated[int, Range(1, 10)] = 4

    @property
    def buffer_bytes(self) -> int:
        """Size of one ring: preset 1 is 1 MiB, and each step doubles it."""
        return (1 << (self.buf_size_preset - 1)) * 1024 * 1024


@dataclass(frozen=True)
class ModernEbpfSettings(BufferSettings):
    """`engine.modern_ebpf`."""

    cpus_for_each_buffer: Annotated[int, Range(0, 4096)] = 1


@dataclass(frozen=True)
class ReplaySettings:
    """`engine.replay`."""

    capture_file: str = ""


@dataclass(frozen=True)
class EngineSettings:
    """`engine`."""

    kind: Literal["auto", "modern_ebpf", "ebpf", "kmod", "pdig", "replay", "nodriver"] = "auto"
    fallback: bool = True
    modern_ebpf: ModernEbpfSettings = ModernEbpfSettings()
    ebpf: BufferSettings = BufferSettings()
    kmod: BufferSettings = BufferSettings()
    replay: ReplaySettings = ReplaySettings()

    def __post_init__(self) -> None:
        if self.kind == "replay" and not self.replay.capture_file:
            raise ValueError("kind replay needs a file: set engine.replay.capture_file, or use -e FILE")


@dataclass(frozen=True)
class RulePattern:
    """Which rules an entry of `rules` is about: by name with `*` wildcards, by tag, or both."""

    rule: str | None = None
    tag: str | None = None

    def __post_init__(self) -> None:
        if self.rule is None and self.tag is None:
            raise ValueError("needs a rule or a tag to select by")

    def __str__(self) -> str:
        named = {"name": self.rule, "tag": self.tag}
        return " and ".join(f"the {key} {value!r}" for key, value in named.items() if value is not None)


@dataclass(frozen=True)
class RuleSelection:
    """One entry of `rules`: `enable` or `disable` with a pattern. Entries apply in order."""

    enable: RulePattern | None = None
    disable: RulePattern | None = None

    def __post_init__(self) -> None:
        if (self.enable is None) == (self.disable is None):
            raise ValueError("takes either enable or disable")


@dataclass(frozen=True)
class StdoutOutput:
    """`stdout_output`."""

    enabled: bool = True


@dataclass(frozen=True)
class FileOutput:
    """`file_output`."""

    enabled: bool = False
    filename: str = ""
    keep_alive: bool = False

    def __post_init__(self) -> None:
        if self.enabled and not self.filename:
            raise ValueError("is enabled but has no filename: set file_output.filename")


@dataclass(frozen=True)
class OutputsQueue:
    """`outputs_queue`."""

    capacity: Count = 100_000


@dataclass(frozen=True)
class BaseSyscalls:
    """`base_syscalls`."""

    all: bool = False


@dataclass(frozen=True)
class LibsSettings:
    """`falco_libs`: bounds of the engine's state."""

    thread_table_size: Annotated[int, Range(1, 16_777_216)] = 262_144
    snaplen: Annotated[int, Range(0, 65_535)] = 80

    @property
    def snaplen_bytes(self) -> int:
        """Bytes of I/O data kept from each event; 0 in the file means the default."""
        return self.snaplen or 80


@dataclass(frozen=True)
class Settings:
    """The whole configuration. `rules_files` is None when the shipped rules are wanted."""

    rules_files: tuple[str, ...] | None = None
    rules: tuple[RuleSelection, ...] = ()
    engine: EngineSettings = EngineSettings()
    priority: Severity = "debug"
    rule_matching: Literal["first", "all"] = "first"
    time_format_iso_8601: bool = False
    buffer_format_base64: bool = False
    json_output: bool = False
    json_include_output_property: bool = True
    json_include_message_property: bool = False
    json_include_output_fields_property: bool = True
    json_include_tags_property: bool = True
    buffered_outputs: bool = False
    outputs_queue: OutputsQueue = OutputsQueue()
    output_timeout: Annotated[int, Range(0, 3_600_000)] = 2000
    stdout_output: StdoutOutput = StdoutOutput()
    file_output: FileOutput = FileOutput()
    log_stderr: bool = True
    log_level: Severity = "informational"
    base_syscalls: BaseSyscalls = BaseSyscalls()
    falco_libs: LibsSettings = LibsSettings()
