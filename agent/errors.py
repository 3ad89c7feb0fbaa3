"""Errors that end a command: each message is a sentence for the person who typed it."""


class AgentError(Exception):
    """Something a person can act on. The message says what is wrong, where, and what to do; exit code 1."""


class ConfigError(AgentError):
    """A configuration file or a `-o` option that cannot be used."""


class RuleFileError(AgentError):
    """Rule files that cannot be used; the message holds every error with its place and a caret."""


class ExpressionError(AgentError):
    """A filter or an output format of the command line that cannot be used, with its place and a caret."""


class OutputError(AgentError):
    """An output that cannot be opened or written any more."""


class PrivilegeError(AgentError):
    """The process lacks a capability that the chosen driver needs."""


class DriverUnavailableError(AgentError):
    """The chosen driver cannot run on this kernel; the message names the ones that might."""


class ScopeError(AgentError):
    """A `--scope` that cannot be read or names nothing that exists."""
