"""The tools of the suite that ask their client something while they run, in either era."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    TextContent,
)

from tests.conformance.questions import (
    WITH_CHOICES,
    WITH_DEFAULTS,
    sample,
    text_question,
    yes_or_no,
)

_NEW: Mapping[str, Any] = {"round": 0}


def add_asking(server: MCPServer[Any]) -> None:
    """Add them to a server, under the names that the suite asks for."""
    _add_asking_on_the_way(server)
    _add_one_question(server)
    _add_several_questions(server)
    _add_states(server)
    _add_limits(server)


def _add_asking_on_the_way(server: MCPServer[Any]) -> None:
    """Add what asks over a stream that stays open: the handshake era, in a session."""

    @server.tool()
    async def test_sampling(prompt: str, ctx: Context) -> str:
        message = SamplingMessage(role="user", content=TextContent(text=prompt))
        result = await ctx.session.create_message(  # pyright: ignore[reportDeprecated] - the suite asks for it
            messages=[message], max_tokens=100, related_request_id=ctx.request_id
        )
        return f"LLM response: {result.content}"

    @server.tool()
    async def test_elicitation(message: str, ctx: Context) -> str:
        asked = {"username": {"type": "string"}, "email": {"type": "string"}}
        schema = {"type": "object", "properties": asked, "required": [*asked]}
        return await _elicited(ctx, message, schema)

    @server.tool()
    async def test_elicitation_sep1034_defaults(ctx: Context) -> str:
        return await _elicited(ctx, "Please provide user information", WITH_DEFAULTS)

    @server.tool()
    async def test_elicitation_sep1330_enums(ctx: Context) -> str:
        return await _elicited(ctx, "Please choose", WITH_CHOICES)


async def _elicited(ctx: Context, message: str, schema: dict[str, Any]) -> str:
    result = await ctx.session.elicit_form(message, schema, related_request_id=ctx.request_id)
    return f"User response: action={result.action}, content={result.content}"


def _add_one_question(server: MCPServer[Any]) -> None:
    @server.tool()
    async def test_input_required_result_elicitation(ctx: Context) -> str | InputRequiredResult:
        given = (ctx.input_responses or {}).get("user_name")
        if not isinstance(given, ElicitResult) or not given.content:
            return _asked(user_name=text_question("What is your name?", "name"))
        return f"Hello, {given.content.get('name')}!"

    @server.tool()
    async def test_input_required_result_sampling(ctx: Context) -> str | InputRequiredResult:
        given = (ctx.input_responses or {}).get("capital_question")
        if given is None:
            return _asked(capital_question=sample("What is the capital of France?"))
        return f"Model said: {given}"

    @server.tool()
    async def test_input_required_result_list_roots(ctx: Context) -> str | InputRequiredResult:
        given = (ctx.input_responses or {}).get("client_roots")
        if given is None:
            return _asked(client_roots=ListRootsRequest())
        return f"Client exposed {given}."

    @server.tool()
    async def test_streaming_elicitation(ctx: Context) -> str | InputRequiredResult:
        await ctx.report_progress(0, 1)
        return _asked(user_name=text_question("What is your name?", "name"))


def _add_several_questions(server: MCPServer[Any]) -> None:
    @server.tool()
    async def test_input_required_result_multiple_inputs(ctx: Context) -> str | InputRequiredResult:
        questions: dict[str, InputRequest] = {
            "user_name": text_question("What is your name?", "name"),
            "greeting": sample("Generate a greeting"),
            "client_roots": ListRootsRequest(),
        }
        if questions.keys() <= (ctx.input_responses or {}).keys():
            return "All inputs received."
        return _asked("multiple-inputs", **questions)

    @server.tool()
    async def test_input_required_result_multi_round(ctx: Context) -> str | InputRequiredResult:
        state = orjson.loads(ctx.request_state) if ctx.request_state else _NEW
        given = (ctx.input_responses or {}).get(f"step{state['round']}")
        if state["round"] == 2 and given is not None:
            return f"{state['name']} likes {given}."
        if state["round"] == 1 and given is not None:
            asked = text_question("Step 2: What is your favorite color?", "color")
            return _asked(_written(round=2, name=str(given)), step2=asked)
        asked = text_question("Step 1: What is your name?", "name")
        return _asked(_written(round=1), step1=asked)


def _add_states(server: MCPServer[Any]) -> None:
    @server.tool()
    async def test_input_required_result_request_state(ctx: Context) -> str | InputRequiredResult:
        if "confirm" in (ctx.input_responses or {}) and ctx.request_state == "nonce":
            return "state-ok: confirmation received"
        return _asked("nonce", confirm=yes_or_no("Please confirm"))

    @server.tool()
    async def test_input_required_result_tampered_state(ctx: Context) -> str | InputRequiredResult:
        if ctx.request_state is None:
            return _asked("round-1", confirm=yes_or_no("Please confirm"))
        return f"state-ok: {ctx.request_state}"


def _add_limits(server: MCPServer[Any]) -> None:
    """Add what depends on the capabilities that the client declares."""

    @server.tool()
    async def test_input_required_result_capabilities(ctx: Context) -> InputRequiredResult:
        declared, questions = ctx.client_capabilities, dict[str, InputRequest]()
        if declared is None or declared.sampling is not None:
            questions["sample"] = sample("Say hello")
        if declared is None or declared.elicitation is not None:
            questions["ask"] = text_question("What is your name?", "name")
        return _asked("capability-gated", **questions)

    @server.tool()
    async def test_missing_capability(ctx: Context) -> str:
        declared = ctx.session.client_capabilities
        if declared is None or declared.sampling is None:
            raise MCPError(
                code=MISSING_REQUIRED_CLIENT_CAPABILITY,
                message="this tool needs a client that declares sampling",
                data={"requiredCapabilities": {"sampling": {}}},
            )
        return "The client declared sampling."


def _asked(state: str | None = None, **questions: InputRequest) -> InputRequiredResult:
    return InputRequiredResult(input_requests=questions, request_state=state)


def _written(**state: Any) -> str:
    return orjson.dumps(state).decode()
