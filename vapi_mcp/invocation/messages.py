"""What goes to Vapi and what comes back, free of any HTTP library."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

Query: TypeAlias = tuple[tuple[str, str], ...]
Take: TypeAlias = Callable[[bytes], Awaitable[None]]

EVENTS = "text/event-stream"

USUAL_DEADLINE = 30.0


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way to Vapi as one part of a form; `fields` are the other parts."""

    file_name: str
    content: bytes
    content_type: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """One request to Vapi.

    path is encoded already and begins with a slash; body is JSON; deadline is in seconds and
    covers everything from connecting to the last byte of the answer. url: where it goes instead,
    without the account's key, as Vapi named it; it is a secret.
    """

    method: str
    path: str
    query: Query = ()
    body: bytes | None = None
    upload: Upload | None = None
    url: str | None = field(default=None, repr=False)
    deadline: float = USUAL_DEADLINE


@dataclass(frozen=True, slots=True)
class UpstreamResponse:
    """Vapi's whole answer, decoded; header names are lower case.

    hint: what to do next, in an answer that stands for Vapi's and was written here.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    hint: str | None = None

    @property
    def content_type(self) -> str:
        """The media type without parameters, in lower case; empty when none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class ArtifactLink:
    """Where the bytes of an artifact are to be had for a while.

    size is in bytes; what the storage does not tell is None. head: how the bytes begin, a few
    thousand at most.
    """

    url: str
    content_type: str | None
    size: int | None
    expires_at: datetime | None
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class OpenArtifact:
    """The bytes of an artifact while they arrive, as they are stored.

    status: 200, 206, or 416 where a range was asked for that is not there. Header names are lower
    case. Reading `chunks` raises ArtifactUnavailable when they break off.
    """

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]
