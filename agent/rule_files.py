"""From configured paths to the engine's plan: which files, which of their rules, and how severe."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from agent.config.settings import PRIORITIES, RulePattern, RuleSelection, Settings, default_rules_files
from agent.errors import RuleFileError
from agent.lang import FileResult, Rule, RuleBook, load_rules, render_diagnostic, results_json, results_text
from agent.log import Log


@dataclass(frozen=True)
class LoadedRules:
    """A plan for the engine, as JSON, and how many rules it has."""

    plan: str
    count: int


@dataclass(frozen=True)
class Describe:
    """What to describe: everything, or one rule by its name."""

    rule: str | None = None


def load_configured_rules(given: Sequence[Path], settings: Settings, log: Log) -> LoadedRules:
    """Load the rules of `-r`, or else the configured ones, or else the shipped ones and those of `/etc/agent/rules.d`.

    Raises RuleFileError, with every error at its place, when one of them cannot be used.
    """
    book = configured_book(given, settings, log)
    plan = book.plan(
        priority_threshold=PRIORITIES.index(settings.priority),
        rule_matching=settings.rule_matching,
    )
    count = len(plan["rules"])
    log.debug(f"{count} of {len(book.rules)} rules in {len(book.files)} files are used.")
    if count == 0:
        log.warning("No rule is used, so there will be no alerts: check rules_files, rules and priority.")
    return LoadedRules(json.dumps(plan), count)


def validate_rules(paths: Sequence[Path], describe: Describe | None = None, *, as_json: bool) -> tuple[str, bool]:
    """Check rule files without starting anything; return what to print and whether all of them can be used.

    With `describe`, good rules are described, too.
    """
    book = load_rules(list(paths))
    if not book.files:
        raise RuleFileError("There is nothing to validate: the folder has no .yaml or .yml files.")
    if book.ok:
        from agent import _core

        try:
            _core.check_plan(json.dumps(book.plan()))
        except ValueError as error:
            raise RuleFileError(f"The rules are well formed, but the engine cannot use them: {error}") from None
        _add_never_warnings(book)
    if as_json:
        results = results_json(book.files)
        if describe is not None and book.ok:
            results["agent_describe_results"] = _described(book, describe)
        return json.dumps(results), book.ok
    text = results_text(book.files)
    if describe is not None and book.ok:
        text = f"{text}\n\n{_described_text(book, describe)}"
    return text, book.ok


def _add_never_warnings(book: RuleBook) -> None:
    from agent.rule_reasons import never_warnings

    files = {file.name: file for file in reversed(book.files)}
    for warning in never_warnings(book):
        files[warning.file].add(warning)


def describe_configured_rules(
    given: Sequence[Path], settings: Settings, log: Log, describe: Describe, *, as_json: bool
) -> str:
    """Describe the rules that `load_configured_rules` would load, disabled ones and less severe ones included."""
    book = configured_book(given, settings, log)
    return json.dumps(_described(book, describe)) if as_json else _described_text(book, describe)


def _described(book: RuleBook, describe: Describe) -> dict[str, Any]:
    from agent.lang.describe import describe_rule, describe_rules

    return describe_rules(book) if describe.rule is None else describe_rule(book, named_rule(book, describe.rule))


def _described_text(book: RuleBook, describe: Describe) -> str:
    from agent.lang.describe import describe_rule
    from agent.lang.describe_text import rule_text, rules_text

    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))
    if describe.rule is None:
        return rules_text(book, width)
    rule = named_rule(book, describe.rule)
    return rule_text(book, rule, describe_rule(book, rule)["rules"][0], width)


def configured_book(given: Sequence[Path], settings: Settings, log: Log) -> RuleBook:
    """Load the files and apply the entries of `rules`. Raises RuleFileError when there is an error in the files."""
    book = load_rules(list(given) if given else _configured_paths(settings, log))
    if not book.ok:
        raise RuleFileError(_errors_text(book))
    for file in book.files:
        _tell_warnings(file, settings, log)
    for selection in settings.rules:
        _select(book.rules, selection, log)
    return book


def named_rule(book: RuleBook, name: str) -> Rule:
    """Return the rule of a name. Raises RuleFileError with the names that are closest."""
    for rule in book.rules:
        if rule.name == name:
            return rule
    from difflib import get_close_matches

    known = {rule.name.lower(): rule.name for rule in book.rules}
    words = name.lower().split()
    close = [known[match] for match in get_close_matches(name.lower(), known, 3, 0.5)]
    close += [rule for key, rule in known.items() if words and all(word in key for word in words)]
    names = list(dict.fromkeys(close))[:3]
    hint = f"did you mean {' or '.join(map(repr, names))}?" if names else "`agent -L` lists all rules."
    raise RuleFileError(f"There is no rule {name!r}: {hint}")


def disabled_by(rule: Rule, settings: Settings) -> str:
    """Return what disabled a rule that is disabled: an entry of `rules`, or else its file."""
    for selection in reversed(settings.rules):
        pattern = selection.enable or selection.disable
        if pattern is not None and _matches(rule, pattern):
            return f"the configuration disables rules that have {pattern} (rules)"
    return f"{rule.file} says `enabled: false`"


def _configured_paths(settings: Settings, log: Log) -> list[Path]:
    if settings.rules_files is None:
        return list(map(Path, default_rules_files()))
    present: list[Path] = []
    for path in map(Path, settings.rules_files):
        if path.exists():
            present.append(path)
        else:
            log.warning(f"rules_files: {path} does not exist and is skipped.")
    return present


def _errors_text(book: RuleBook) -> str:
    errors = [found for file in book.files for found in file.errors]
    number = "There is an error" if len(errors) == 1 else f"There are {len(errors)} errors"
    return "\n".join([f"{number} in the rules, so nothing was started.", *map(render_diagnostic, errors)])


def _tell_warnings(file: FileResult, settings: Settings, log: Log) -> None:
    if not file.warnings:
        return
    if settings.log_level == "debug":
        for found in file.warnings:
            log.warning(render_diagnostic(found))
    else:
        number = len(file.warnings)
        plural = "s" if number > 1 else ""
        log.warning(f"{file.name}: {number} warning{plural}; `agent -V`, given the files before it too, shows them.")


def _select(rules: Sequence[Rule], selection: RuleSelection, log: Log) -> None:
    """Apply one entry of `rules` to the rules it names."""
    pattern = selection.enable or selection.disable
    if pattern is None:
        return
    chosen = [rule for rule in rules if _matches(rule, pattern)]
    for rule in chosen:
        rule.enabled = selection.enable is not None
    if not chosen:
        action = "enabled" if selection.enable else "disabled"
        log.warning(f"rules: no rule has {pattern}, so nothing is {action} by this entry.")


def _matches(rule: Rule, pattern: RulePattern) -> bool:
    by_name = pattern.rule is None or fnmatchcase(rule.name, pattern.rule.replace("[", "[[]").replace("?", "[?]"))
    by_tag = pattern.tag is None or pattern.tag in rule.tags
    return by_name and by_tag
