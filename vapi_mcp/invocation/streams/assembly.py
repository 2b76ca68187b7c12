"""A reply while it is written: what the events of its stream have told so far."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.result import clipped
from vapi_mcp.invocation.streams.sse import Event

_CONTENT = re.compile(r"chat\.output\[(\d{1,3})\]\.content")
_LONGEST_COMPLAINT = 500
_FAILURES = ("error", "response.failed")
_IDS = ("id", "sessionId")
# What a chat that is not streamed repeats of its request.
_REPEATED = ("assistantId", "squadId", "sessionId", "previousChatId", "name", "input")


class StreamAssembly:
    """Two formats are understood, and either may come at either tool.

    OpenAI's: `response.output_text.delta` and `.done`, `response.completed`, `error`. The chat's
    own: `{"id", "sessionId", "path": "chat.output[0].content", "delta"}`, which has no end of its
    own: where the bytes end well, so does the reply.
    """

    def __init__(self) -> None:
        self._texts: defaultdict[int, list[str]] = defaultdict(list)
        self._message_ids: dict[int, str] = {}
        self._ids: dict[str, str] = {}
        self._whole: dict[str, Any] | None = None
        self._awaits_end = False

    @property
    def is_whole(self) -> bool:
        """Whether Vapi's own object came, with everything in it."""
        return self._whole is not None

    @property
    def is_begun(self) -> bool:
        """Whether anything came that is worth answering."""
        return self._whole is not None or any(map(any, self._texts.values()))

    def take(self, event: Event) -> str:
        """Return the text an event adds.

        Raises:
            UpstreamFailed: The event says that the reply failed.
        """
        if (said := _complaint(event)) is not None:
            raise _failed(f"Vapi's stream failed: {clipped(said, _LONGEST_COMPLAINT)}")
        match event:
            case {"type": "response.output_text.delta", "delta": str() as text}:
                self._awaits_end = True
                return self._add(_index(event), text, event.get("item_id"))
            case {"type": "response.output_text.done", "text": str() as text}:
                self._awaits_end = False
                self._texts[_index(event)] = [text]
            case {"type": "response.completed", "response": dict() as whole}:
                self._whole = whole
            case {"type": _, "response": {"id": str() as response_id}}:
                self._ids["id"] = response_id
            case {"path": str() as path, "delta": str() as text}:
                self._ids |= {name: event[name] for name in _IDS if event.get(name)}
                if place := _CONTENT.fullmatch(path):
                    return self._add(int(place[1]), text, None)
            case _:
                pass
        return ""

    def finish(self) -> None:
        """Take note that the stream ended without breaking.

        Raises:
            UpstreamFailed: It ended before the reply did.
        """
        if self._whole is None and not self._texts:
            raise _failed("Vapi's stream of events was empty.")
        if self._whole is None and self._awaits_end:
            raise _failed("Vapi's stream ended before its reply did.")

    def chat(self, request: Mapping[str, Any], *, is_partial: bool) -> dict[str, Any]:
        """Return the reply as a chat, with what its request tells of it."""
        if self._whole is not None:
            return self._whole
        known = {name: request[name] for name in _REPEATED if name in request}
        output = [{"role": "assistant", "content": "".join(self._texts[n])} for n in self._order]
        return {**known, **self._ids, "output": output, **_mark(is_partial)}

    def response(self, *, is_partial: bool) -> dict[str, Any]:
        """Return the reply as a response object of OpenAI's."""
        if self._whole is not None:
            return self._whole
        status = "incomplete" if is_partial else "completed"
        output = [self._message(n, status) for n in self._order]
        about = {**self._ids, "object": "response", "status": status, "error": None}
        return {**about, "output": output, **_mark(is_partial)}

    @property
    def _order(self) -> list[int]:
        return sorted(self._texts)

    def _add(self, index: int, text: str, message_id: Any) -> str:
        self._texts[index].append(text)
        if isinstance(message_id, str):
            self._message_ids[index] = message_id
        return text

    def _message(self, index: int, status: str) -> dict[str, Any]:
        known = {"id": self._message_ids[index]} if index in self._message_ids else {}
        text = "".join(self._texts[index])
        content = [{"type": "output_text", "text": text, "annotations": list[Any]()}]
        about = {"type": "message", "role": "assistant", "status": status}
        return {**known, **about, "content": content}


def _failed(message: str) -> UpstreamFailed:
    return UpstreamFailed(message, status=502, truto_is_remote_error=True)


def _mark(is_partial: bool) -> dict[str, bool]:  # noqa: FBT001 - named at both callers
    return {"is_partial": True} if is_partial else {}


def _index(event: Event) -> int:
    index = event.get("output_index")
    return int(index) if isinstance(index, int | float) else 0


def _complaint(event: Event) -> str | None:
    """Return the words of an event that says the reply failed; None is any other event."""
    kind, error = event.get("type"), event.get("error")
    if kind not in _FAILURES and (kind is not None or not error):
        return None
    response = event.get("response")
    failed = response.get("error") if isinstance(response, dict) else None
    for said in (event.get("message"), error, failed):
        words = said.get("message") if isinstance(said, dict) else said
        if isinstance(words, str) and words:
            return words
    return "it did not say why"
