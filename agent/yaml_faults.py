"""What libyaml finds wrong, in words for the person who wrote the file."""

import yaml


def fault(text: str, error: yaml.MarkedYAMLError) -> str:
    """Return what is wrong with a text, without its place."""
    mark = error.problem_mark
    if mark is not None and _is_indenting_tab(text, mark.index):
        return "a tab stands where blanks are needed: lines are indented with blanks only"
    problem = error.problem or "it cannot be parsed"
    return f"{problem} ({error.context})" if error.context else problem


def _is_indenting_tab(text: str, index: int) -> bool:
    line = text[max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1 : index + 1]
    return line.endswith("\t") and not line.strip(" \t")
