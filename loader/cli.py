"""The `agent-driver-loader` command. Exit codes: 0 ready, 1 none possible (or an error), 2 for a bad command line."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.errors import AgentError, ConfigError
from loader.options import USAGE_ERROR, Job, read_job, to_stderr

if TYPE_CHECKING:
    from loader.facts.gather import Facts
    from loader.platform_table import PlatformTable

READY, NONE_POSSIBLE = 0, 1
_ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code. Errors are sentences on standard error."""
    try:
        job = read_job(arguments, say=to_stderr)
        for note in job.notes:
            to_stderr(f"Warning: {note}")
        code = _run(job)
        sys.stdout.flush()
        return code
    except SystemExit as done:  # the parser's
        return done.code if isinstance(done.code, int) else USAGE_ERROR
    except ConfigError as error:
        to_stderr(f"Error: {error}")
        return USAGE_ERROR
    except AgentError as error:
        to_stderr(f"Error: {error}")
        return NONE_POSSIBLE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NONE_POSSIBLE
    except Exception as error:
        what = " ".join(str(error).split()) or "no message"
        with contextlib.suppress(OSError):
            to_stderr(f"Error: The loader failed unexpectedly ({type(error).__name__}: {what}). This is a bug.")
        return NONE_POSSIBLE


def _run(job: Job) -> int:
    if job.options.clean:
        return _clean(job)
    if job.command == "list":
        return _list(job)
    if job.command == "publish":
        return _publish(job)
    return _doctor(job) if job.command == "doctor" else _choose(job)


def _choose(job: Job) -> int:
    from loader import report
    from loader.candidates import write_choice
    from loader.choice import choose
    from loader.verdict import verdicts

    if job.options.stay:
        # Whenever the end is asked for, it is not while a driver is half loaded.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    facts, table = _picture(job)
    if job.options.print_env:
        order = table.order_for(facts, job.options.prefer).drivers if job.only is None else (job.only,)
        judged = verdicts(facts)
        driver = next((name for name in order if judged[name].possible), "")
        print("\n".join(report.environment_lines(facts, job.request, driver)))
        return READY
    dry_run = job.options.dry_run
    choice = choose(facts, table, job.request, only=job.only, prefer=job.options.prefer, dry_run=dry_run)
    if job.options.choice_file is not None and choice.driver is not None:
        try:
            write_choice(choice.driver, job.options.choice_file)
        except OSError as error:
            raise AgentError(f"--choice-file {job.options.choice_file} cannot be written: {error.strerror}.") from None
    if job.options.json:
        report.print_json(report.choice_json(choice, job.request))
    else:
        print("\n".join(report.choice_lines(choice, dry_run=dry_run)))
    if job.options.stay and choice.driver is not None:
        return _stay(job, choice.driver)
    if dry_run:
        return READY if any(attempt.state == "would be tried" for attempt in choice.attempts) else NONE_POSSIBLE
    return READY if choice.driver is not None else NONE_POSSIBLE


def _stay(job: Job, driver: str) -> int:
    """Wait for a signal, then take the driver out; what was built or downloaded is kept for the next time.

    A pod ends its agents before this process is asked to end.
    """
    from loader.choice import take_out

    sys.stdout.flush()
    signal.sigwait(_ENDING)
    if job.options.choice_file is not None:
        with contextlib.suppress(OSError):
            job.options.choice_file.unlink()
    take_out(driver)
    return READY


def _doctor(job: Job) -> int:
    from loader import report
    from loader.doctor import diagnose
    from loader.trial import try_driver

    facts, table = _picture(job)
    diagnosis = diagnose(facts, table, job.request, None if job.options.dry_run else try_driver, job.options.prefer)
    if job.options.json:
        report.print_json(report.doctor_json(diagnosis, job.request))
    else:
        report.show_doctor(diagnosis, verbose=job.options.verbose)
    return READY if any(finding.state in ("works", "possible") for finding in diagnosis.findings) else NONE_POSSIBLE


def _picture(job: Job) -> tuple[Facts, PlatformTable]:
    from loader.facts.gather import gather
    from loader.platform_table import load_table

    table = load_table(job.options.platforms)
    facts = gather(job.machine)
    if job.options.metadata:
        from loader.facts.metadata import ask

        facts = replace(facts, platforms=[*ask(facts.platforms), *facts.platforms])
    return facts, replace(table, order=job.order) if job.order else table


def _clean(job: Job) -> int:
    from loader.cleaning import clean

    drivers = ("kmod", "ebpf") if job.only is None else (job.only,)
    if job.options.dry_run:
        print(f"Dry run: {' and '.join(drivers)} would be taken out of the kernel, and their files removed.")
        return READY
    cleaned = clean(job.request, drivers)
    if job.options.json:
        from loader.report import print_json

        print_json({"removed": list(cleaned.removed), "reasons": list(cleaned.reasons)})
    else:
        print("\n".join(f"Removed {each}." for each in cleaned.removed) or "There was nothing to remove.")
    for reason in cleaned.reasons:
        to_stderr(f"Error: {reason}.")
    return NONE_POSSIBLE if cleaned.reasons else READY


def _list(job: Job) -> int:
    from loader import report
    from loader.listing import available

    listing = available(job.request)
    if job.options.json:
        drivers = [
            {
                "driver": each.prebuilt.driver,
                "target": each.prebuilt.target.name,
                "release": each.prebuilt.target.release,
                "version": each.prebuilt.target.version,
                "repository": each.repository,
                "file": each.file,
                "signed_by": each.signed_by,
            }
            for each in listing.drivers
        ]
        report.print_json({"drivers": drivers, "reasons": list(listing.reasons)})
    else:
        for line in report.listing_lines(listing):
            print(line)
    for reason in listing.reasons:
        to_stderr(f"Error: {reason}.")
    return READY if listing.drivers else NONE_POSSIBLE


def _publish(job: Job) -> int:
    from loader.publish import Job as Building
    from loader.publish import publish
    from loader.report import print_json

    request = job.request
    if not request.target.known:
        raise ConfigError("publish: the distribution is not known, and files are named after it: give --target NAME.")
    drivers = job.options.driver or ["kmod", "ebpf"]
    unbuilt = [driver for driver in drivers if driver not in ("kmod", "ebpf")]
    if unbuilt:
        raise ConfigError(f"publish: {unbuilt[0]} needs no building; kmod and ebpf do.")
    headers = job.options.headers or request.on_host(f"/lib/modules/{request.kernel.release}/build")
    jobs = [Building(driver, request.kernel, request.target, headers) for driver in drivers]
    if job.options.dry_run:
        print(f"Dry run: {' and '.join(drivers)} would be built for {request.kernel.release} from {headers}.")
        return READY
    published = publish(job.options.folder, jobs, private_key=job.options.private_key, say=to_stderr)
    if job.options.json:
        print_json({"files": [str(path) for path in published.files], "reasons": list(published.reasons)})
    else:
        for path in published.files:
            print(path)
    for reason in published.reasons:
        to_stderr(f"Error: {reason}.")
    return NONE_POSSIBLE if published.reasons else READY
