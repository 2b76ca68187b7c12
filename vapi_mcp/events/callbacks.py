"""The way to a subscriber: one POST to a URL that anybody may have named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from vapi_mcp.errors import VapiMcpError


class CallbackFailed(VapiMcpError):
    """A subscriber's URL may not be asked, or does not answer as it should.

    reason: `connection_refused`, `timeout`, `tls_error`, `http_4xx`, `http_5xx` or
    `challenge_failed`.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What came back; the body is cut after a few kilobytes."""

    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the message was taken."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the successes of HTTP


class Callbacks(Protocol):
    """Sends messages to subscribers."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> CallbackAnswer:
        """Send JSON to a public https address and return the answer, whatever its status.

        Raises:
            CallbackFailed: It may not be asked, or does not answer in time.
        """
        ...
