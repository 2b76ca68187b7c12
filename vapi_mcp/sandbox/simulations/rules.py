"""The rules of simulations beyond their schemas."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.requests.filters import Predicate
from vapi_mcp.sandbox.requests.refusals import bad_request
from vapi_mcp.sandbox.resources.rules import one_of
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.references import check_references
from vapi_mcp.sandbox.state.sandbox import Sandbox


def prepare_scenario(sandbox: Sandbox, body: JsonObject, stored: JsonObject | None) -> JsonObject:
    """Accept a scenario with checks whose structured outputs exist."""
    del stored
    if body.get("evaluations") == []:
        raise bad_request(["evaluations should not be empty"])
    for index, each in enumerate(body.get("evaluations") or ()):
        one_of(each, ("structuredOutputId", "structuredOutput"))
        check_references(sandbox, each, f"evaluations.{index}.")
    return body


def targets(wanted: Any) -> Predicate:
    """Match runs that test an assistant or a squad."""
    names = ("assistantId", "squadId")
    return lambda item: wanted in [item["target"].get(name) for name in names]
