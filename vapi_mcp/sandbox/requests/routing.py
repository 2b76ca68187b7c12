"""Operations to routes: each request is settled, checked against the facts, and handed on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vapi_mcp.sandbox.requests.handlers import HANDLERS
from vapi_mcp.sandbox.requests.refusals import bad_request, no_route
from vapi_mcp.sandbox.requests.request import SandboxRequest, Upload, read_json, read_multipart
from vapi_mcp.sandbox.requests.validation import check_body, check_query, refuse_clearing
from vapi_mcp.sandbox.resources.catalogue import RESOURCES
from vapi_mcp.sandbox.resources.crud import Handler
from vapi_mcp.sandbox.state.sandbox import Sandbox
from vapi_mcp.sandbox.state.scheduled_steps import settle
from vapi_mcp.specs.facts.facts import Facts, Operation, Schema

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

_KINDS = {resource.path: resource.kind for resource in RESOURCES}


def api_routes(sandbox: Sandbox, base_url: str | None) -> list[Route]:
    """Return the routes of all simulated operations, literal segments before parameters."""
    operations = [sandbox.facts.operation(key) for key in HANDLERS]
    operations.sort(key=lambda operation: [part[:1] == "{" for part in operation.path.split("/")])
    return [
        Route(
            operation.path,
            _endpoint(sandbox, operation, HANDLERS[operation.key], base_url),
            methods=[operation.method],
        )
        for operation in operations
    ]


def _endpoint(
    sandbox: Sandbox, operation: Operation, handler: Handler, base_url: str | None
) -> Endpoint:
    async def serve(request: Request) -> Response:
        body, uploads = await _read_body(operation, request)
        settle(sandbox)
        _check_path(sandbox.facts, operation, request)
        given = parse_qs(request.scope["query_string"].decode(), keep_blank_values=True)
        query = check_query(sandbox.facts, operation, given)
        if operation.body is not None:
            _check_body(sandbox, operation, operation.body.schema, body, request)
        here = base_url or f"{request.url.scheme}://{request.url.netloc}"
        return handler(
            sandbox,
            SandboxRequest(operation, request.path_params, query, body, here.rstrip("/"), uploads),
        )

    return serve


async def _read_body(operation: Operation, request: Request) -> tuple[Any, dict[str, Upload]]:
    if operation.body is None:
        return {}, {}
    if operation.body.content_type == "multipart/form-data":
        return await read_multipart(request)
    return await read_json(request), {}


def _check_path(facts: Facts, operation: Operation, request: Request) -> None:
    """Treat a path parameter outside its enum as a path that does not exist."""
    for name, schema in operation.path_parameters.items():
        allowed = facts.resolve(schema).get("enum")
        if allowed and request.path_params.get(name) not in allowed:
            raise no_route(request.method, request.url.path)


def _check_body(
    sandbox: Sandbox, operation: Operation, schema: Schema, body: Any, request: Request
) -> None:
    if operation.body is None or operation.body.content_type == "multipart/form-data":
        return
    is_update = operation.method == "PATCH"
    checked = _with_stored_tag(sandbox, operation, schema, body, request) if is_update else body
    if is_update:
        creation = sandbox.facts.operations.get(f"POST {operation.path.removesuffix('/{id}')}")
        refuse_clearing(sandbox.facts, creation and creation.body and creation.body.schema, checked)
    check_body(sandbox.facts, schema, checked)


def _with_stored_tag(
    sandbox: Sandbox, operation: Operation, schema: Schema, body: Any, request: Request
) -> Any:
    """Add the tag that an update of a tagged union may leave out, from what is stored."""
    facts = sandbox.facts
    if "oneOf" not in facts.resolve(schema) or not isinstance(body, dict):
        return body
    tag = (facts.resolve(schema).get("discriminator") or {}).get("propertyName", "type")
    kind = _KINDS[operation.path.removesuffix("/{id}")]
    stored = sandbox.require(kind, request.path_params["id"])
    if body.get(tag, stored[tag]) != stored[tag]:
        raise bad_request(f"`{tag}` Cannot Be Changed From {stored[tag]}.")
    return {tag: stored[tag], **body}
