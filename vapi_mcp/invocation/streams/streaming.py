"""Replies that Vapi writes as a stream: told piece by piece, answered as one object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.caller import Caller
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.mending import Mending, mending_notes
from vapi_mcp.invocation.messages import EVENTS, UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.streams.assembly import StreamAssembly
from vapi_mcp.invocation.streams.sse import Event, EventReader
from vapi_mcp.registry.tool import Tool

_ELSEWHERE = (
    "Read the chat with this id for the parts that a stream leaves out, such as messages and cost."
)
_PARTIAL = "The stream broke off; the output is what arrived (is_partial). {}"
_SHORT = "An event of the stream cannot be read; its text is missing in the output (is_partial)."
_CUT = "Vapi's stream ended in the middle of an event."
# What a character beyond U+FFFF begins with where it is written as two.
_FIRST_HALVES = range(0xD800, 0xDC00)
_NOTHING_KNOWN = (
    "Vapi may have processed the turn. Check with the matching list tool before you repeat it."
)


async def streamed(
    call: Call, checked: Checked, request: UpstreamRequest
) -> tuple[UpstreamResponse, Checked]:
    """Return the whole answer of a tool that may stream, and the arguments with notes on it.

    The caller hears each piece of text when it arrives. A stream that breaks off is answered with
    what arrived; an answer that is no stream is passed on.

    Raises:
        UpstreamFailed: Nothing arrived, or no text before the stream broke off.
    """
    tool, progress = call.tool, _StreamProgress(call.caller)
    partial: tuple[str, ...] = ()
    try:
        response = await call.upstream.stream(request, call.account, progress.take)
        if response.content_type != EVENTS or response.status >= HTTPStatus.MULTIPLE_CHOICES:
            return response, checked
        await progress.finish()
    except UpstreamFailed as broken:
        if not progress.assembly.is_begun:
            raise _without_answer(broken, call.account) from broken
        if not progress.assembly.is_whole:
            partial = (_PARTIAL.format(_without_key(broken.message, call.account)),)
    if progress.reader.is_short and not progress.assembly.is_whole:
        partial = (*partial, _SHORT)
    if progress.reader.is_cut and not progress.assembly.is_whole:
        partial = (*partial, _PARTIAL.format(_CUT))
    mending = Mending()
    answer = mending.mended(_answer(tool, checked, progress.assembly, is_partial=bool(partial)))
    replaced = mending_notes(mending.places, tool.spec.contents.untrusted)
    notes = (*checked.notes, *partial, *replaced, *_elsewhere(progress.assembly, answer))
    response = UpstreamResponse(200, {"content-type": "application/json"}, exact_json(answer))
    return response, replace(checked, notes=notes)


def _without_answer(broken: UpstreamFailed, account: Account) -> UpstreamFailed:
    """Return the error of a stream that broke off before its first text."""
    details = {**broken.extra, "hint": broken.extra.get("hint", _NOTHING_KNOWN)}
    return broken.with_extra(details, _without_key(broken.message, account))


def _without_key(message: str, account: Account) -> str:
    return message.replace(account.credential.secret, "***")


@dataclass(slots=True)
class _StreamProgress:
    """The part of a stream that arrived, and the caller to report it to."""

    caller: Caller
    reader: EventReader = field(default_factory=EventReader)
    assembly: StreamAssembly = field(default_factory=StreamAssembly)
    half: str = ""

    async def take(self, piece: bytes) -> None:
        await self._tell(self.reader.feed(piece))

    async def finish(self) -> None:
        await self._tell(self.reader.end())
        self.assembly.finish()

    async def _tell(self, events: Iterable[Event]) -> None:
        for event in events:
            if text := self._complete(self.assembly.take(event)):
                await self.caller.report(text)

    def _complete(self, text: str) -> str:
        """Return a text to be heard; half a character at its end waits for the other half."""
        text, self.half = self.half + text, ""
        if text and ord(text[-1]) in _FIRST_HALVES:
            text, self.half = text[:-1], text[-1]
        return Mending().mended(text)


def _answer(
    tool: Tool, checked: Checked, assembly: StreamAssembly, *, is_partial: bool
) -> dict[str, Any]:
    if tool.spec.output.holds == "response":
        return assembly.response(is_partial=is_partial)
    return assembly.chat(checked.body or {}, is_partial=is_partial)


def _elsewhere(assembly: StreamAssembly, answer: Mapping[str, Any]) -> tuple[str, ...]:
    if assembly.is_whole:
        return ()
    return (_ELSEWHERE if "id" in answer else _NOTHING_KNOWN,)
