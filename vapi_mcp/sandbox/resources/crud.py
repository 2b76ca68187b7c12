"""Create, list, get, update and delete, the same for every resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from starlette.responses import Response

from vapi_mcp.sandbox.requests.pagination import array_answer, page_answer, window_answer
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.requests.responses import json_bytes
from vapi_mcp.sandbox.resources.catalogue import Resource
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.sandbox import Sandbox

Handler: TypeAlias = Callable[[Sandbox, SandboxRequest], Response]


def crud_handlers(resource: Resource) -> Mapping[str, Handler]:
    """Return the five handlers of a resource by operation key; not every API has all five."""
    path = resource.path
    return {
        f"GET {path}": _list(resource),
        f"POST {path}": _create(resource),
        f"GET {path}/{{id}}": _get(resource),
        f"PATCH {path}/{{id}}": _update(resource),
        f"DELETE {path}/{{id}}": _delete(resource),
    }


def success(asked: SandboxRequest) -> int:
    """Return the status of success: 201 for what creates, when the API declares it."""
    return 201 if "201" in asked.operation.answers else 200


def object_answer(sandbox: Sandbox, kind: str, item: JsonObject, status: int = 200) -> Response:
    """Answer with one stored object."""
    return json_bytes(sandbox.all(kind).json(item), status)


def replaced(sandbox: Sandbox, stored: JsonObject, changes: JsonObject) -> JsonObject:
    """Return the object after an update: whole top-level values replaced, nulls cleared."""
    cleared = {name for name, value in changes.items() if value is None}
    merged = {**stored, **changes, "updatedAt": sandbox.stamp()}
    return {name: value for name, value in merged.items() if name not in cleared}


def present(body: JsonObject) -> JsonObject:
    """Return a creation body without its nulls, which mean absent."""
    return {name: value for name, value in body.items() if value is not None}


_ANSWERS = {"window": window_answer, "page": page_answer, "array": array_answer}


def _list(resource: Resource) -> Handler:
    answer = _ANSWERS[resource.paging]

    def handle(sandbox: Sandbox, asked: SandboxRequest) -> Response:
        return answer(sandbox.all(resource.kind), asked.query, resource.filters)

    return handle


def _create(resource: Resource) -> Handler:
    def handle(sandbox: Sandbox, asked: SandboxRequest) -> Response:
        fields = resource.prepare(sandbox, present(asked.body), None)
        item = sandbox.create(resource.kind, fields)
        return object_answer(sandbox, resource.kind, item, success(asked))

    return handle


def _get(resource: Resource) -> Handler:
    def handle(sandbox: Sandbox, asked: SandboxRequest) -> Response:
        return object_answer(sandbox, resource.kind, sandbox.require(resource.kind, asked.id))

    return handle


def _update(resource: Resource) -> Handler:
    def handle(sandbox: Sandbox, asked: SandboxRequest) -> Response:
        stored = sandbox.require(resource.kind, asked.id)
        changes = resource.prepare(sandbox, asked.body, stored)
        item = replaced(sandbox, stored, changes)
        sandbox.put(resource.kind, item)
        return object_answer(sandbox, resource.kind, item)

    return handle


def _delete(resource: Resource) -> Handler:
    def handle(sandbox: Sandbox, asked: SandboxRequest) -> Response:
        stored = sandbox.require(resource.kind, asked.id)
        resource.before_delete(sandbox, stored)
        answer = object_answer(sandbox, resource.kind, stored)
        sandbox.remove(resource.kind, asked.id)
        return answer

    return handle
