"""The confirmation of a write by the user, where the server's owner wants one."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Literal, TypeAlias

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.consent import CODE, takes_code
from vapi_mcp.errors import StoreError, WriteHeld
from vapi_mcp.invocation.caller import Question, Reply
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.previews.preview import Previews
from vapi_mcp.invocation.writes.records import Claim, OpenRecords, Permit
from vapi_mcp.invocation.writes.write import Write, digest, fingerprint

# The preview or the question that comes first; the permit to use up; or the user just agreed.
Consent: TypeAlias = ToolResult | Question | Permit | None

_GOOD_FOR = timedelta(minutes=10)
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


class Confirmation:
    """Has the user agree to a write.

    A question or a code is good for one call: of the same server and tool, with the same
    arguments. The records keep it, so any process may take it.
    """

    def __init__(self, open_records: OpenRecords, previews: Previews, clock: Clock) -> None:
        self._open = open_records
        self._previews = previews
        self._clock = clock

    def has_answer(self, write: Write) -> bool:
        """Return whether a call brings what was asked for: a code, or an answer to a question."""
        return write.option(CODE) is not None or write.call.caller.reply is not None

    async def settle(self, write: Write) -> Consent:
        """Return the consent to a write: the permit to use up, or None where the user just agreed.

        Or the preview to agree to first, or the question for the client to put.

        Raises:
            WriteHeld: The user said no, or the server takes nothing but an answer and the client
                cannot ask.
        """
        config = write.grant.server.config
        if (code := write.option(CODE)) is not None:
            if not takes_code(write.tool, config):
                raise _not_by_code("This server does not accept a confirmation_code as consent.")
            return self._permit(write, code, "code")
        if config.confirm_by == "code":
            return await self._with_code(write)
        if (reply := write.call.caller.reply) is not None:
            return await self._retried(write, reply)
        return await self._asked(write)

    async def _asked(self, write: Write) -> Consent:
        match write.call.caller.way_to_ask:
            case "now":
                question = (await self._previews.of(write)).question
                reply = await write.call.caller.ask(question)
                return _agreed(reply) if reply.is_answered else await self._unasked(write)
            case "by retry":
                text = (await self._previews.of(write)).question
                return Question(text, await self._given(write, "question"))
            case "one way":
                return await self._unasked(write, _ONE_WAY)
            case "no" if write.grant.server.config.confirm_by == "question":
                raise _not_by_code(_CANNOT_ASK)
            case "no":
                return await self._with_code(write)

    async def _retried(self, write: Write, reply: Reply) -> Consent:
        permit = self._permit(write, reply.state or "", "question")
        if reply.agreed and reply.is_answered:
            return permit
        await self._use_up(permit)
        return _agreed(reply) if reply.is_answered else await self._unasked(write)

    async def _use_up(self, permit: Permit) -> None:
        """Use up the permit of a question that the user did not agree to."""
        try:
            obstacle = await (await self._open()).claim(Claim(now=self._clock(), permit=permit))
        except StoreError as error:
            raise _not_kept(error) from error
        if obstacle is not None:
            raise no_consent(permit.way)

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
        return ToolResult(exact_json(answer).decode(), preview.notes)

    async def _given(self, write: Write, way: Literal["code", "question"]) -> str:
        secret = secrets.token_urlsafe(24)
        try:
            await (await self._open()).add_permit(self._permit(write, secret, way))
        except StoreError as error:
            raise _not_kept(error) from error
        return secret

    def _permit(self, write: Write, secret: str, way: Literal["code", "question"]) -> Permit:
        server = write.grant.server.id
        return Permit(
            id=digest(way, secret),
            server_id=f"{write.grant.account.id}/{server}",
            tool=write.tool.name,
            arguments_hash=fingerprint(write.checked, server),
            way=way,
            expires_at=self._clock() + _GOOD_FOR,
        )


def _agreed(reply: Reply) -> None:
    if not reply.agreed:
        raise WriteHeld("The user did not agree. Nothing was sent; do not try again.", status=403)


def _not_by_code(why: str) -> WriteHeld:
    return WriteHeld(f"{why} {_ONLY_BY_QUESTION}", status=403)


def no_consent(way: Literal["code", "question"]) -> WriteHeld:
    """Return the refusal of a code or an answer that is no consent to this call."""
    what = "confirmation_code" if way == "code" else "answer to a question"
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
