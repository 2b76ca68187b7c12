"""Pronunciation dictionaries kept at 11labs and Cartesia."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from vapi_mcp.sandbox.requests.filters import equals
from vapi_mcp.sandbox.requests.pagination import page_answer
from vapi_mcp.sandbox.requests.refusals import bad_request, not_found
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.resources.crud import Handler, object_answer, present, success
from vapi_mcp.sandbox.state.collection import Collection, JsonObject
from vapi_mcp.sandbox.state.sandbox import Sandbox
from vapi_mcp.sandbox.state.seeded_random import chance

_LIST = "/provider/{provider}/{resourceName}"
_KIND = "provider-resource"
_FILTERS = {"id": equals("id"), "resourceId": equals("resourceId")}
# What a dictionary's entries are called, and what each entry must say.
_ENTRIES = {"11labs": ("rules", "stringToReplace"), "cartesia": ("items", "text")}
_ALPHABETS = ("ipa", "cmu-arpabet")


def list_resources(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer with a page of one provider's dictionaries."""
    items = {
        item["id"]: item
        for item in sandbox.all(_KIND)
        if item["provider"] == asked.path["provider"]
        and item["resourceName"] == asked.path["resourceName"]
    }
    return page_answer(Collection(items), asked.query, _FILTERS)


def create_resource(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Store a dictionary under ids as its provider gives them."""
    body = present(asked.body)
    provider = asked.path["provider"]
    entries, _ = _ENTRIES[provider]
    _check_body(provider, body, allowed=("name", entries))
    if not body.get(entries):
        raise bad_request([f"{entries} should not be empty", f"{entries} must be an array"])
    item = sandbox.create(_KIND, {"provider": provider, "resourceName": asked.path["resourceName"]})
    draw = chance(item["id"], "resource")
    resource_id = f"{draw.getrandbits(80):020x}"
    resource = {"id": resource_id, **body, **_version(provider, draw)}
    item = {**item, "resourceId": resource_id, "resource": resource}
    sandbox.put(_KIND, item)
    return object_answer(sandbox, _KIND, item, success(asked))


def get_resource(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer with one dictionary."""
    return object_answer(sandbox, _KIND, _require(sandbox, asked))


def update_resource(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Replace all rules or items of a dictionary, which makes a new version."""
    stored = _require(sandbox, asked)
    body = present(asked.body)
    entries, _ = _ENTRIES[stored["provider"]]
    _check_body(stored["provider"], body, allowed=("name", entries))
    stamp = sandbox.stamp()
    draw = chance(stored["id"], stamp, str(sandbox.changes))
    resource = {**stored["resource"], **body, **_version(stored["provider"], draw)}
    item = {**stored, "resource": resource, "updatedAt": stamp}
    sandbox.put(_KIND, item)
    return object_answer(sandbox, _KIND, item)


def delete_resource(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Drop a dictionary."""
    stored = _require(sandbox, asked)
    answer = object_answer(sandbox, _KIND, stored)
    sandbox.remove(_KIND, stored["id"])
    return answer


def _require(sandbox: Sandbox, asked: SandboxRequest) -> JsonObject:
    item = sandbox.find(_KIND, asked.id)
    if item is None or item["provider"] != asked.path["provider"]:
        raise not_found("Provider resource", asked.id)
    return item


def _check_body(provider: str, body: JsonObject, *, allowed: tuple[str, str]) -> None:
    messages = [f"property {name} should not exist" for name in body if name not in allowed]
    entries, word = _ENTRIES[provider]
    for index, entry in enumerate(body.get(entries) or ()):
        place = f"{entries}.{index}."
        if not _is_text(entry.get(word)):
            messages.append(f"{place}{word} should not be empty")
        messages += _rule_complaints(entry, place) if provider == "11labs" else []
        if provider == "cartesia" and not _is_text(entry.get("alias")):
            messages.append(f"{place}alias must be a string")
    if messages:
        raise bad_request(messages)


def _rule_complaints(rule: Mapping[str, Any], place: str) -> list[str]:
    kind = rule.get("type")
    if kind not in ("phoneme", "alias"):
        return [f"{place}type must be one of the following values: phoneme, alias"]
    messages: list[str] = []
    if not _is_text(rule.get(kind)):
        messages.append(f"{place}{kind} must be a string")
    if kind == "phoneme" and rule.get("alphabet", "ipa") not in _ALPHABETS:
        allowed = ", ".join(_ALPHABETS)
        messages.append(f"{place}alphabet must be one of the following values: {allowed}")
    return messages


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _version(provider: str, draw: random.Random) -> JsonObject:
    """Return a new version of a dictionary; Cartesia keeps none."""
    return {"versionId": f"{draw.getrandbits(80):020x}"} if provider == "11labs" else {}


HANDLERS: Mapping[str, Handler] = {
    f"GET {_LIST}": list_resources,
    f"POST {_LIST}": create_resource,
    f"GET {_LIST}/{{id}}": get_resource,
    f"PATCH {_LIST}/{{id}}": update_resource,
    f"DELETE {_LIST}/{{id}}": delete_resource,
}
