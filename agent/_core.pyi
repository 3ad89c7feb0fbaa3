"""The native core: capture, decode, state, rules and formatting. This file is its documented interface.

The Rust shim in `agent/rust/src` implements it and only converts; everything else lives in `agent/rust/engine`,
which knows nothing of Python. JSON is used at this boundary only for what happens once (options, reports,
statistics); alerts, which happen often, are plain tuples.

All methods but `__init__` release the GIL while they work. An `Engine` is used from one thread, except for `stop`,
which may be called from any thread or from a signal handler.
"""

class CaptureError(Exception):
    """A driver could not be opened or read. The message is a sentence: what was refused, why, and what to try."""

def version() -> str:
    """Return the version of the native core. It equals `agent.__version__` in a sound installation."""

def check_plan(plan_json: str) -> None:
    """Check that the engine can execute a rule plan (`docs/architecture.md`, "The plan"), without any capture.

    Raises ValueError with a sentence that names the rule when it cannot.
    """

def load_classic_probe(object: str, pins: str) -> str:
    """Load the classic eBPF probe from an object file and pin it, for `Engine.open_driver` of this or another process.

    Programs that the kernel refuses are left out. `pins` is a folder in a BPF file system, empty or not there yet; it
    gets `maps/NAME` and `programs/NAME`. Returns a report as JSON::

        {"programs": int, "refused": [{"program": str, "reason": str}]}

    Raises CaptureError when the object cannot be read or loaded, or nothing be pinned; then nothing is left.
    """

def valueless_fields() -> list[str]:
    """Return the fields that never have a value in this version, whatever the event: no comparison with them holds."""

class Engine:
    """One capture: a source of events, the state they build, and a rule plan evaluated on each of them."""

    def __init__(self, plan_json: str, options_json: str) -> None:
        """Compile a plan. Nothing is opened or attached yet.

        `options_json` is an object; every key is optional::

            {"output": {"json": bool, "include_output": bool, "include_message": bool,
                        "include_output_fields": bool, "include_tags": bool,
                        "time_iso_8601": bool, "base64": bool, "hostname": str,
                        "bare": bool,      # the message, or as JSON the fields, alone: for listing events
                        "complete_only": bool},  # no line where a field of the output has no value
             "host_root": str,        # prefix of /proc and /etc; "/" unless the host is mounted elsewhere
             "max_threads": int,      # bound of the thread table
             "snaplen": int,          # bytes of I/O data kept from each event
             "profile_rules": bool}   # measure what each rule costs

        Raises ValueError with a sentence when the plan or an option cannot be used.
        """

    def open_driver(self, options_json: str) -> str:
        """Load or open a kernel driver and attach it, read the initial state from /proc, and start capturing.

        Fork and exit are attached before /proc is read, so nothing is missed in between. `options_json`::

            {"driver": "modern_ebpf" | "ebpf" | "kmod",
             "scope": null | {"pid": int} | {"cgroup": path} | {"container": id},
             "buffer_bytes": int,          # size of one ring
             "cpus_for_each_buffer": int,  # CPUs that share a ring; 0: one ring for all
             "all_syscalls": bool,         # also calls that neither a rule nor the state needs
             "probe": path}                # of ebpf: where the probe is pinned

        Returns a report as JSON::

            {"driver": str, "kernel": str, "programs": int,
             "refused": [{"program": str, "reason": str}],   # optional programs that the kernel did not take
             "rings": int, "ring_bytes": int, "threads": int, "ms": {phase: float}, "syscalls": int,
             "names": [str]}                                 # of the selected system calls

        Raises CaptureError when the capture cannot start, ValueError when an option cannot be used.
        """

    def open_pdig(self, buffer_bytes: int, all_syscalls: bool) -> tuple[Tracer, str]:
        """Set up a capture through ptrace. What is traced, and when that begins, is up to the `Tracer` and its thread.

        `buffer_bytes` is the size of the buffer between tracer and engine; a full one holds the traced programs up.
        The report is that of `open_driver`.
        """

    def open_replay(self, path: str) -> str:
        """Read a capture file (`.scap`, plain or gzip) instead of a driver; `-` is standard input.

        The state is what the file says; nothing is read from this machine. Returns a report as JSON::

            {"driver": "replay", "size": int | null}   # bytes of the file, null for a pipe

        Raises CaptureError when the file cannot be opened.
        """

    def record(self, path: str, compress: bool) -> None:
        """Write events to a capture file instead of raising alerts; `-` is standard output.

        Written are the events that match a rule of the plan, or every event when the plan has no rules. To be called
        before the first `run`. A file that exists keeps its content until there is something to write. Raises
        CaptureError when the file cannot be opened or created.
        """

    def finish_recording(self) -> None:
        """Complete the capture file being written. Idempotent. Raises CaptureError when it cannot be written.

        When the source failed before it gave anything, the file is left as it was, or removed if it was created.
        """

    def explain(self, rule: int, events: set[int] | None, near: int) -> None:
        """Explain a rule of the plan, event by event, instead of raising alerts. Called before a source is opened.

        `events` are the numbers (`evt.num`) of the events to explain; None: those where the rule fires, or would if
        `near` clauses or fewer were otherwise. `run` then returns an explanation of each, as JSON, instead of alerts::

            {"event": int, "time": str, "thread": int, "type": str,
             "rule": str,              # name
             "line": str,              # the event in the form of the rule's output
             "concerned": bool,        # an event of this type can make the rule fire
             "unseen": str,            # absent, or why no rule sees the event
             "fired": bool,
             "shadowed_by": str,       # absent, or the rule that raises the alert because it comes first
             "distance": int | null,   # the fewest clauses found that, being otherwise, would make the rule fire
             "tree": part}

            part = {"kind": "and" | "or" | "not" | "macro" | "exception" | "const" | "check",
                    "truth": bool,
                    "name": str,               # of a macro or exception
                    "parts": [part],           # absent where there are none
                    "closed": true,            # not all parts are given: opened before, or the tree is too large
                    "decisive": true,          # one of the clauses that `distance` counts
                    "text": str,               # of a check, as the rule has it
                    "seen": str | null,        # what its left side was; null: absent
                    "compared": str,           # what a field on its right side was
                    "items": int,              # values of the list it is compared with
                    "matched": str}            # the one that matched, where that is not what was seen

        Raises ValueError when the plan has no such rule.
        """

    def ended(self) -> bool:
        """Return whether the source has handed over everything it ever will: the end of a capture file."""

    def position(self) -> int | None:
        """Return how many bytes of the capture file were consumed; None for a driver."""

    def run(self, timeout_ms: int) -> list[tuple[int, int, bytes]]:
        """Drain the source until there are alerts or `timeout_ms` have passed.

        Returns as soon as a batch of alerts exists; an empty list means the time is up or the file ended. An alert is
        `(index of its rule in the plan, priority 0..7, formatted line in UTF-8 without a newline)`.

        Raises CaptureError when the source is lost, a capture file is damaged, or the one being written cannot be.
        """

    def stop(self) -> None:
        """Detach and stop capturing. Events already captured are still returned by `run`. Idempotent."""

    def stats(self) -> str:
        """Return the counters since the capture began, as JSON. Valid after `stop`, too::

        {"events": int, "alerts": int, "alerts_by_rule": {rule name: int},
         "lost": {"total": int, "by_category": {category: int}, "by_cause": {cause: int}},
         "forbidden": int,     # pdig: reads of a process's memory that the kernel did not permit
         "skipped": int,       # calls, at most and of any process, that the kernel ran no program for
         "late": int,          # records that came after the merge had passed their time
         "undecodable": int,   # records that are not valid events
         "threads": int, "fds": int,
         "recorded": int,      # events written to a capture file
         "recorded_cut": int,  # texts that were cut in it, being longer than the format allows; known at its end
         "explained": {        # while explaining a rule
             "events": int,    # of the types the rule looks at
             "fired": int, "nearly": int,
             "clauses": [{"text": str, "alone": int, "with_others": int}]},  # how often each kept it from firing
         "file": {…},          # of a replay: what the file's older events were converted to, skipped, left out
         "rules_profile": {         # with profile_rules only
             "searched": int,       # events for which searches found the rules worth asking
             "search_ns": int,      # what that took; shared by all rules
             "rules": [{"rule": str, "evaluated": int, "matched": int, "ns": int}]}}  # in load order
        """

class Tracer:
    """The tracing side of a capture through ptrace.

    Methods are called from one thread, which traces; each releases the GIL. The capture has ended (`Engine.ended`) when
    the tracer is closed, or gone. The first process of a pid namespace waits for all its children here, for orphans
    become its own.
    """

    OPTIONS: int
    """What a thread has to be seized with (PTRACE_O_*) before it is adopted."""
    FILTERED_OPTIONS: int
    """The same for a thread that is to run under the filter."""

    def hold(
        self,
        path: bytes,
        arguments: list[bytes],
        environment: list[bytes],
        *,
        filtered: bool,
        no_new_privileges: bool,
        blocked: list[int],
        ignored: list[int],
        default: list[int],
    ) -> int:
        """Fork the process that is to execute the program at `path`, and return its id. It waits for `release`.

        `filtered`: it installs a seccomp filter that stops it for the selected system calls only;
        `no_new_privileges`: it sets no_new_privs before, without which a filter needs CAP_SYS_ADMIN. `blocked`,
        `ignored`, `default`: signals that the program begins with in that state; the others are as they are here.
        Raises CaptureError when no process can be made, ValueError when an argument holds a NUL.
        """

    def adopt(self, tid: int, filtered: bool) -> None:
        """Take over a thread that the calling thread has seized with `OPTIONS`.

        Not `filtered`: it is interrupted, and stops at every system call from then on. The engine reads the state of
        its process from /proc before it looks at what the thread does.
        """

    def release(self) -> None:
        """Let the held process execute its program. Raises CaptureError when it is gone."""

    def run(self, timeout_ms: int) -> str:
        """Trace until the time is up, nothing is left, or something is to be told. Returns JSON::

        {"threads": int,          # that are traced
         "ended": int | null,     # the started program's status as wait(2) has it, once it has ended
         "stopped": int | null,   # signal that has stopped the started program since the last call
         "still_stopped": bool,   # the started program is stopped by a signal now
         "forbidden": int | null, # the first thread whose memory the kernel did not let this process read
         "done": bool}            # nothing is left to trace, or the engine has stopped
        """

    def detach(self, timeout_ms: int) -> str:
        """Let every thread go on untraced; those that do not stop in time are left behind. Returns what `run` does."""

    def close(self) -> None:
        """Say that nothing will be traced any more: the capture ends when the engine has read what was recorded."""

    def arrived(self, signal: int, sender: int, within_ms: int) -> bool:
        """Return whether the started program got this signal from this process of late; each that it got answers once.

        May be called from any thread.
        """

    def failure(self) -> tuple[str, int] | None:
        """Return what the held process could not do, and errno; None when it executed its program.

        Waits for either.
        """
