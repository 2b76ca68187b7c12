"""Consent: what a server's owner wants agreed to waits for its user's word."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Literal

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.errors import StoreError, WriteHeld
from vapi_mcp.invocation.caller import Reply, RetryWanted
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.idempotency import OpenRecords
from vapi_mcp.invocation.writes.preview import Previews
from vapi_mcp.invocation.writes.records import Permit
from vapi_mcp.invocation.writes.write import Write, digest
from vapi_mcp.registry.tool import Tool

_GOOD_FOR = timedelta(minutes=10)
CODE = "confirmation_code"
_PREVIEW_NOTE = (
    "Nothing was sent. Show the preview to the user; if they agree, call again with the "
    "same arguments and this confirmation_code. It is valid once, for ten minutes."
)

_UNANSWERED = "The client was asked and closed the question unanswered; it may have no user to ask."
_ONE_WAY = (
    "The client could ask its user, but this connection (Streamable HTTP before protocol "
    "2026-07-28) cannot carry a question to it."
)
_CANNOT_ASK = "This client declares no elicitation, so it cannot put a question to its user."
_ONLY_BY_QUESTION = (
    "Nothing was sent: this server takes consent only as the user's answer to a question. Use a "
    "client that asks its user (elicitation), over protocol 2026-07-28, stdio or legacy SSE; or "
    "the server's owner sets confirm_by to either, so that a confirmation_code will do."
)


def is_confirmed(tool: Tool, config: ServerConfig) -> bool:
    """Say whether a server's config has a tool wait for its user's consent."""
    match config.confirm:
        case "none":
            return False
        case "all_writes":
            return tool.spec.effect != "read"
        case tag:
            return tag in tool.spec.tags and tool.spec.effect != "read"


def takes_code(tool: Tool, config: ServerConfig) -> bool:
    """Return whether a server takes a confirmation code for a tool."""
    return config.confirm_by != "question" and is_confirmed(tool, config)


def with_code(tool: Tool) -> dict[str, Any]:
    """Return a tool's definition with the argument that brings a confirmation's code."""
    schema = tool.input_schema
    code = {"type": "string", "description": tool.spec.words[CODE]}
    shown = {**schema, "properties": {**schema["properties"], CODE: code}}
    return {**tool.definition(), "inputSchema": shown}


class Confirmation:
    """Lets a write pass that needs no consent, or has it.

    What is asked, and what comes back, is good for one call: of the same server and tool, with
    the same arguments. The ledger keeps it, so any process may take it.
    """

    def __init__(
        self, open_records: OpenRecords, previews: Previews, clock: Clock = utc_now
    ) -> None:
        self._open = open_records
        self._previews = previews
        self._clock = clock

    async def settle(self, write: Write) -> ToolResult | None:
        """Return None once a write may go on; or the preview that is to be agreed to first.

        Raises:
            RetryWanted: Its client is to ask the user, and to call again.
            WriteHeld: The user said no, or what was brought is not their consent to this, or the
                server takes nothing but an answer and nobody can be asked.
        """
        config = write.grant.server.config
        if not is_confirmed(write.tool, config):
            return None
        if (code := write.said(CODE)) is not None:
            return await self._with_consent_by(code, write)
        if config.confirm_by == "code":
            return await self._with_code(write)
        if (reply := write.caller.reply) is not None:
            return await self._retried(write, reply)
        return await self._asked(write)

    async def _with_consent_by(self, code: str, write: Write) -> None:
        if not takes_code(write.tool, write.grant.server.config):
            raise _not_by_code("A confirmation_code is no consent here.")
        if not await self._taken(write, code, "code"):
            raise _no_consent("confirmation_code")

    async def _asked(self, write: Write) -> ToolResult | None:
        match write.caller.way_to_ask:
            case "now":
                reply = await write.caller.ask((await self._previews.of(write)).question)
                return _agreed(reply) if reply.is_answered else await self._unasked(write)
            case "by retry":
                text = (await self._previews.of(write)).question
                raise RetryWanted(text, await self._given(write, "question"))
            case "one way":
                return await self._unasked(write, _ONE_WAY)
            case "no" if write.grant.server.config.confirm_by == "question":
                raise _not_by_code(_CANNOT_ASK)
            case "no":
                return await self._with_code(write)

    async def _retried(self, write: Write, reply: Reply) -> ToolResult | None:
        if reply.state is None or not await self._taken(write, reply.state, "question"):
            raise _no_consent("answer to a question")
        return _agreed(reply) if reply.is_answered else await self._unasked(write)

    async def _unasked(self, write: Write, why: str = _UNANSWERED) -> ToolResult:
        if not takes_code(write.tool, write.grant.server.config):
            raise _not_by_code(why)
        return await self._with_code(write, f"{why} {_PREVIEW_NOTE}")

    async def _with_code(self, write: Write, note: str = _PREVIEW_NOTE) -> ToolResult:
        preview = await self._previews.of(write)
        code = await self._given(write, "code")
        answer = {
            "confirmation_required": True,
            "preview": preview.shown,
            CODE: code,
            "what_to_do": note,
        }
        return ToolResult(exact_json(answer).decode(), (*preview.notes, note))

    async def _given(self, write: Write, way: Literal["code", "question"]) -> str:
        secret = secrets.token_urlsafe(24)
        try:
            await (await self._open()).add_permit(self._permit(write, secret, way))
        except StoreError as error:
            raise _not_kept(error) from error
        return secret

    async def _taken(self, write: Write, secret: str, way: Literal["code", "question"]) -> bool:
        try:
            records = await self._open()
            return await records.take_permit(self._permit(write, secret, way), self._clock())
        except StoreError as error:
            raise _not_kept(error) from error

    def _permit(self, write: Write, secret: str, way: Literal["code", "question"]) -> Permit:
        server = write.grant.server.id
        return Permit(
            id=digest(way, secret),
            server_id=f"{write.grant.account.id}/{server}",
            tool=write.tool.name,
            arguments_hash=write.fingerprint(server),
            way=way,
            expires_at=self._clock() + _GOOD_FOR,
        )


def _agreed(reply: Reply) -> None:
    if not reply.agreed:
        raise WriteHeld("The user did not agree. Nothing was sent; do not try again.", status=403)


def _not_by_code(why: str) -> WriteHeld:
    return WriteHeld(f"{why} {_ONLY_BY_QUESTION}", status=403)


def _no_consent(what: str) -> WriteHeld:
    return WriteHeld(
        f"This {what} is not valid for this call: it was used before, has expired, or "
        "belongs to another server, another tool or other arguments. Nothing was sent. Call "
        "again without it to ask the user again.",
        status=403,
    )


def _not_kept(error: StoreError) -> WriteHeld:
    return WriteHeld(
        "The consent of the user cannot be looked up now, so nothing was sent (reference "
        f"{error.reference}). Try again in a moment.",
        status=503,
    )
