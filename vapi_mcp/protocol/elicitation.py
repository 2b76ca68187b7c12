"""Questions to the user of an MCP client."""

from __future__ import annotations

from typing import Any

from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CallToolRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from vapi_mcp.invocation.caller import Question, Reply, WayToAsk

_FIELD = "confirm"
_FORM = {
    "type": "object",
    "properties": {
        _FIELD: {"type": "boolean", "title": "Go ahead", "description": "Send this to Vapi."}
    },
    "required": [_FIELD],
}


class McpCaller:
    """The client behind one `tools/call`, in either era and over any transport."""

    def __init__(
        self,
        ctx: ServerRequestContext[Any, Any],
        params: CallToolRequestParams | None = None,
        *,
        declares_asking: bool = False,
    ) -> None:
        """Speak to the client that the SDK made this context for.

        params: of the call, which may bring the answer to a question. declares_asking: the client
        said when it connected that it can ask its user.
        """
        self.way_to_ask: WayToAsk = _way_to_ask(ctx, declares_asking=declares_asking)
        self.reply = None if params is None else _reply_in(params)
        self._request_id = ctx.request_id
        self._session = ctx.session
        self._pieces = 0
        # What comes over a pipe has no HTTP request.
        self.is_local = ctx.request is None
        self.origin = None if ctx.request is None else str(ctx.request.base_url).rstrip("/")

    async def report(self, text: str) -> None:
        """Send a piece as a progress notification; it does nothing without a progress token."""
        self._pieces += 1
        await self._session.report_progress(self._pieces, message=text)

    async def ask(self, question: str) -> Reply:
        """Ask the user through a form, and wait."""
        try:
            said = await self._session.elicit_form(
                question, _FORM, related_request_id=self._request_id
            )
        except MCPError:
            # A proxy may declare for its clients what they cannot do.
            return Reply(agreed=False, is_answered=False)
        return Reply(_agreed(said), is_answered=said.action != "cancel")


def retry_request(question: Question) -> InputRequiredResult:
    """Return the answer that has a client ask its user and call again."""
    form = ElicitRequestFormParams(message=question.text, requested_schema=_FORM)
    return InputRequiredResult(
        input_requests={_FIELD: ElicitRequest(params=form)}, request_state=question.state
    )


def _way_to_ask(ctx: ServerRequestContext[Any, Any], *, declares_asking: bool) -> WayToAsk:
    able = ctx.session.client_capabilities
    if able is None or able.elicitation is None:
        # A stateless connection forgets its `initialize`, and could not carry a question anyway.
        return "one way" if able is None and declares_asking else "no"
    if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
        return "by retry"
    return "now" if ctx.session.can_send_request else "one way"


def _reply_in(params: CallToolRequestParams) -> Reply | None:
    said = (params.input_responses or {}).get(_FIELD)
    if said is None and params.request_state is None:
        return None
    if not isinstance(said, ElicitResult):
        return Reply(agreed=False, state=params.request_state)
    return Reply(_agreed(said), params.request_state, is_answered=said.action != "cancel")


def _agreed(said: ElicitResult) -> bool:
    return said.action == "accept" and (said.content or {}).get(_FIELD) is True
