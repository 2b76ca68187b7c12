"""Wrong usage of a command, which ends it with exit code 2."""

from __future__ import annotations

from vapi_mcp.errors import ConfigurationError


class UsageError(ConfigurationError):
    """A command was written wrongly: it ends with exit code 2, as an unknown option does."""
