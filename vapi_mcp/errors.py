"""The error tree.

    VapiMcpError
      ConfigurationError           stops the start; one line, names what to change
        WrongOption                a value on the command line is refused; ends with exit code 2
        SpecError                  a spec, a fact or a correction is wrong; names file and tool
      AccessError                  401; unknown, expired and deleted look the same
        ApiTokenRequired           401; the server's own token is right, the second is not
      AdminError                   the admin API and the commands: a status and what to do
        RestoreNeedsForce          409; a restore that `force` would do
      UnknownTool                  JSON-RPC -32602; out of scope looks the same
      ToolError                    a result with isError, written for the model that reads it
        InvalidArguments           nothing was sent
        UpstreamRejected           Vapi answered 4xx
        UpstreamFailed             Vapi answered 5xx, or not in time, or nothing that can be read
        ArtifactUnavailable        the bytes cannot be linked
        LimitReached               a limit of this server's own; nothing was done
        WriteHeld                  not sent: a key, a policy or a confirmation stands in its way
          NeedsForce               a restore that would overwrite what others did
        OutcomeUnknown             sent under this key before; its outcome is not known
      NoHeaders                    a client cannot send the second token that a server asks for
      StoreError                   logged; the caller sees an id

Raise where it is known, map once: `protocol/results.py` for clients, `cli/main.py` for a shell.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any, Self
from uuid import uuid4


class VapiMcpError(Exception):
    """Anything this project raises on purpose."""


class ConfigurationError(VapiMcpError):
    """The process cannot start as configured; the message says what to change."""


class WrongOption(ConfigurationError):
    """A value given on the command line is refused; the message names the option."""


class SpecError(ConfigurationError):
    """A file under `tool_specs/` is wrong; the message names the file, the tool and the rule."""


class AccessError(VapiMcpError):
    """No live server has this token. Unknown, expired and deleted tokens look the same."""


class ApiTokenRequired(AccessError):
    """The server asks for an API token as well, and none came that opens it."""


class AdminError(VapiMcpError):
    """Something asked of the admin API or the command line that cannot be done.

    status: as HTTP has it. details: what was wrong with what was sent, one entry a finding.
    """

    def __init__(self, message: str, *, status: int, details: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.details = details

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of an answer: `statusCode`, `error`, `message`, `details`."""
        answer = {
            "statusCode": self.status,
            "error": reason_phrase(self.status),
            "message": self.message,
        }
        return answer if self.details is None else {**answer, "details": self.details}


class RestoreNeedsForce(AdminError):
    """A restore was refused that `force` would do. why: the reason alone."""

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message, status=HTTPStatus.CONFLICT)
        self.why = why


class UnknownTool(VapiMcpError):
    """No tool of this name is in scope; one that exists out of scope looks the same."""


class ToolError(VapiMcpError):
    """A tool call failed in a way the calling model can act on.

    `as_dict` is the error object of an answer: `statusCode`, `error`, `message`, and whatever
    else was given (`hint`, `details`, …).
    """

    def __init__(self, message: str, *, status: int, **extra: Any) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.extra = extra

    def with_extra(self, extra: Mapping[str, Any], message: str | None = None) -> Self:
        """Return the same error with other details; this one stays as it was raised."""
        other = type(self).__new__(type(self), *self.args)
        vars(other).update(vars(self))
        other.extra = dict(extra)
        other.message = message or self.message
        return other.with_traceback(self.__traceback__)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object the model reads."""
        return {
            "statusCode": self.status,
            "error": reason_phrase(self.status),
            "message": self.message,
            **self.extra,
        }


class InvalidArguments(ToolError):
    """The arguments were refused here; nothing was sent to Vapi."""

    def __init__(self, message: str, **extra: Any) -> None:
        super().__init__(message, status=400, **extra)


class UpstreamRejected(ToolError):
    """Vapi understood the request and refused it (4xx)."""


class UpstreamFailed(ToolError):
    """Vapi failed (5xx), stayed silent, or sent what cannot be read."""


class ArtifactUnavailable(ToolError):
    """A recording, capture or log exists in name, but no link to its bytes can be given."""


class LimitReached(ToolError):
    """Too much was asked of this process; nothing was done.

    Looks like Vapi's own 429, but is not marked as remote. retry_after: whole seconds.
    """

    def __init__(self, limit: int, what: str, seconds: float) -> None:
        self.retry_after = max(1, ceil(seconds))
        extra = {
            "retry_after": self.retry_after,
            "ratelimit-limit": limit,
            "ratelimit-remaining": 0,
            "ratelimit-reset": self.retry_after,
        }
        wait = "a second" if self.retry_after == 1 else f"{self.retry_after} seconds"
        super().__init__(
            f"This server's own limit is reached: {limit} {what}. Nothing was done; try again "
            f"in {wait}.",
            status=429,
            **extra,
        )


class WriteHeld(ToolError):
    """A write was not sent; the message says what stands in its way and what would pass."""


class NeedsForce(WriteHeld):
    """A restore was not sent that `force` sends. why: the reason alone."""

    def __init__(self, why: str, advice: str = "") -> None:
        said = f"{why} {advice}" if advice else why
        super().__init__(f"{said} Nothing was sent.", status=HTTPStatus.CONFLICT)
        self.why = why


class OutcomeUnknown(ToolError):
    """A write under this key may have been done or not; under this key it is never sent again."""

    def __init__(self, message: str, **extra: Any) -> None:
        super().__init__(message, status=409, outcome="unknown", **extra)


class StoreError(VapiMcpError):
    """The store failed, or what it holds cannot be opened.

    `reference` is what a caller sees; the log has the cause under the same id.
    """

    def __init__(self) -> None:
        self.reference = uuid4().hex[:12]
        super().__init__(f"the store did not answer; the log has the cause under {self.reference}")


def reason_phrase(status: int) -> str:
    """Return the standard phrase of an HTTP status, or a neutral one for odd codes."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
