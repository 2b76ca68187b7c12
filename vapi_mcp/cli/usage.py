"""Wrong usage of a command, which ends it with exit code 2."""

from __future__ import annotations

from vapi_mcp.errors import WrongOption


class UsageError(WrongOption):
    """A command was written wrongly: it ends with exit code 2, as an unknown option does."""
