"""The resources as data: where each lives, how it is listed and filtered, which rules it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from vapi_mcp.sandbox.reports.board_rules import prepare_board
from vapi_mcp.sandbox.reports.insight_rules import prepare_insight
from vapi_mcp.sandbox.requests.filters import Filter, any_of, contains, enabled_by_default, equals
from vapi_mcp.sandbox.resources import rules
from vapi_mcp.sandbox.simulations.rules import prepare_scenario, targets
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.sandbox import Sandbox

# Gets a checked body and, in an update, what is stored; returns the properties to store.
Preparation: TypeAlias = Callable[[Sandbox, JsonObject, JsonObject | None], JsonObject]


@dataclass(frozen=True, slots=True)
class Resource:
    """One noun of the API with create, list, get, update and delete in the usual manner."""

    kind: str
    path: str
    paging: Literal["window", "page", "array"]
    filters: Mapping[str, Filter] = field(default_factory=dict[str, Filter])
    prepare: Preparation = rules.prepare_plain
    before_delete: Callable[[Sandbox, JsonObject], None] = rules.allow


_ID = {"id": equals("id")}
_CHAT = {
    **_ID,
    "idAny": any_of("id"),
    "assistantId": equals("assistantId"),
    "assistantIdAny": any_of("assistantId"),
    "squadId": equals("squadId"),
}
_SESSION = {
    **_CHAT,
    "name": equals("name"),
    "workflowId": equals("workflowId"),
    "numberE164CheckEnabled": enabled_by_default("customer", "numberE164CheckEnabled"),
    "extension": equals("customer", "extension"),
    "number": equals("customer", "number"),
    "sipUri": equals("customer", "sipUri"),
    "email": equals("customer", "email"),
    "externalId": equals("customer", "externalId"),
    "customerNumberAny": any_of("customer", "number"),
    "phoneNumberId": equals("phoneNumberId"),
    "phoneNumberIdAny": any_of("phoneNumberId"),
}

RESOURCES = (
    Resource(
        "assistant",
        "/assistant",
        "window",
        before_delete=rules.refuse_pinned_assistant,
    ),
    Resource("squad", "/squad", "window", {"idAny": any_of("id")}, rules.prepare_squad),
    Resource(
        "call",
        "/call",
        "window",
        {**_ID, "assistantId": equals("assistantId"), "phoneNumberId": equals("phoneNumberId")},
    ),
    Resource("tool", "/tool", "window", before_delete=rules.refuse_pinned_tool),
    Resource("phone-number", "/phone-number", "window", prepare=rules.prepare_phone_number),
    Resource(
        "phone-number", "/v2/phone-number", "page", {"search": contains("name", "number", "sipUri")}
    ),
    Resource(
        "chat",
        "/chat",
        "page",
        {
            **_CHAT,
            "sessionId": equals("sessionId"),
            "previousChatId": equals("previousChatId"),
        },
    ),
    Resource("campaign", "/campaign", "page", {**_ID, "status": equals("status")}),
    Resource("session", "/session", "page", _SESSION, rules.prepare_session),
    Resource(
        "structured-output",
        "/structured-output",
        "page",
        {**_ID, "name": equals("name")},
        rules.prepare_structured_output,
    ),
    Resource("insight", "/reporting/insight", "page", _ID, prepare_insight),
    Resource("eval", "/eval", "page", _ID),
    Resource("file", "/file", "window"),
    Resource("eval-run", "/eval/run", "page", {**_ID, "evalId": equals("evalId")}),
    Resource("simulation", "/eval/simulation", "array", {"idAny": any_of("id")}),
    Resource(
        "simulation-personality",
        "/eval/simulation/personality",
        "array",
    ),
    Resource(
        "simulation-scenario",
        "/eval/simulation/scenario",
        "array",
        {"idAny": any_of("id"), "name": equals("name")},
        prepare_scenario,
    ),
    Resource("simulation-suite", "/eval/simulation/suite", "array", {"name": equals("name")}),
    Resource(
        "simulation-run",
        "/eval/simulation/run",
        "page",
        {
            "status": equals("status"),
            "targetType": equals("target", "type"),
            "targetId": targets,
        },
    ),
    Resource("knowledge-base", "/v2/knowledge-base", "window"),
    Resource("board", "/reporting/board", "page", prepare=prepare_board),
    Resource("scorecard", "/observability/scorecard", "page", _ID, prepare=rules.prepare_scorecard),
)
