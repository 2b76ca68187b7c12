"""The law over all tools: each declares how it is kept to the objects of one client."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.invocation import REGISTRY
from vapi_mcp.invocation.belonging.kinds import PATHS, REFERENCES, kind_of
from vapi_mcp.registry.tool import Tool

# A change has a server, and no path at Vapi.
TOOLS = [tool for tool in REGISTRY.tools.values() if tool.name != "restore_a_vapi_change"]


def fits(tool: Tool) -> bool:
    """Return whether what a tool declares is what its operation can be kept by."""
    spec, operation = tool.spec, tool.operation
    has_id = "{" in operation.path
    return {
        "item": spec.output.kind == "list" and not has_id,
        "object": operation.path == PATHS.get(kind_of_tool(tool), "") + "/{id}",
        "within": operation.path.startswith(PATHS.get(kind_of_tool(tool), "") + "/{id}/"),
        "references": operation.method == "POST" and not has_id,
        "filter": operation.key == "POST /analytics",
        "refused": bool(spec.only_reason),
    }[spec.only]


def kind_of_tool(tool: Tool) -> str:
    return kind_of(tool.operation.path)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_each_tool_declares_a_way_that_fits_its_operation(tool: Tool) -> None:
    assert tool.spec.only in ("refused", "filter") or kind_of_tool(tool) in PATHS
    if tool.spec.only in ("refused", "filter"):
        assert tool.spec.only_reason or tool.operation.key == "POST /analytics"
    else:
        assert fits(tool)


def test_what_spans_the_organisation_is_refused_with_a_reason() -> None:
    refused = {tool.spec.resource for tool in TOOLS if tool.spec.only == "refused"}

    assert refused == {"insights", "boards", "providers", "simulations"}


# Keys that end like references, and name what is no object of a Vapi organisation.
NO_REFERENCES = {
    *("accessKeyId", "accountId", "accountSid", "authorizationId", "awsAccessKeyId", "clientId"),
    *("callControlId", "callLegId", "callSessionId", "callSid", "callUUID", "conversationUUID"),
    *("callerId", "externalId", "groupId", "id", "ids", "libraryIds", "liquid", "personaId"),
    *("privateKeyId", "projectId", "resourceId", "sbcCallSid", "teamId", "tool_call_id"),
    *("twilioAccountSid", "userId", "versionId", "voiceId", "idAny"),
}


def keys_of_bodies() -> set[str]:
    """Return all keys that the body of any operation may have, at any depth."""
    facts, keys, seen = REGISTRY.facts, set[str](), set[str]()
    waiting: list[Any] = [each.body.schema for each in facts.operations.values() if each.body]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            if (name := each.get("$ref")) and name not in seen:
                seen.add(name)
                waiting.append(facts.schemas[name])
            keys |= (each.get("properties") or {}).keys()
            waiting += each.values()
    return keys


def test_each_key_of_an_id_is_a_reference_or_known_to_be_none() -> None:
    filters = {key for each in REGISTRY.facts.operations.values() for key in each.query}
    keys = keys_of_bodies() | filters
    like_ids = {key for key in keys if re.search(r"(?i)ids?$|I[dD]s?Any$", key)}

    assert like_ids - REFERENCES.keys() == NO_REFERENCES & like_ids
    assert not NO_REFERENCES & REFERENCES.keys()
