"""The catalogue of the suite in the product's server, beside the product's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

from mcp.server import Server, ServerRequestContext
from mcp.server.context import HandlerResult
from mcp.server.lowlevel.server import HandlerEntry
from mcp.server.mcpserver import MCPServer
from mcp_types import (
    EmptyResult,
    SetLevelRequestParams,
    SubscribeRequestParams,
    UnsubscribeRequestParams,
)
from pydantic import BaseModel

from tests.conformance.asking import add_asking
from tests.conformance.contents import add_contents
from tests.conformance.notifying import add_notifying
from tests.support.registry import facts
from vapi_mcp.protocol.server import create_mcp_server
from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.specs.tools.toolspec import Method, ToolSpec

# These need nothing but a text or an error, so the product's own tools are them.
_PLAIN = {
    "test_simple_text": "list_all_vapi_assistants",
    "test_error_handling": "get_single_vapi_assistant_by_id",
}
_LISTS = {
    "tools/list": "tools",
    "prompts/list": "prompts",
    "resources/list": "resources",
    "resources/templates/list": "resource_templates",
}
# What a request is about, by its method.
_OWN: Mapping[str, Callable[[Any], str]] = {
    "tools/call": lambda params: params.name,
    "prompts/get": lambda params: params.name,
    "resources/read": lambda params: str(params.uri),
    "completion/complete": lambda params: getattr(params.ref, "name", None) or params.ref.uri,
}
_Context = ServerRequestContext[Any, Any]


class _RenamedSpec(ToolSpec):
    """A spec under a name that does not begin with a method."""

    @property
    def method(self) -> Method:
        return "list"


@cache
def catalogue() -> Registry:
    """Return the product's registry, and its tools under names of the suite."""
    specs = load_specs()
    by_name = {spec.name: spec for spec in specs.tools}
    renamed = [_renamed(by_name[own], name) for name, own in _PLAIN.items()]
    return build_registry([*specs.tools, *renamed], facts(), synonyms=specs.synonyms)


def _renamed(spec: ToolSpec, name: str) -> ToolSpec:
    given: dict[str, Any] = {each.name: getattr(spec, each.name) for each in fields(spec)}
    given["name"] = name
    return _RenamedSpec(**given)


def create_fixture_server(*given: Any, **options: Any) -> Server[Any]:
    """Return the product's server, as its composition makes it, with the catalogue in it."""
    server, fixtures = create_mcp_server(*given, **options), _fixtures()
    inner = fixtures._lowlevel_server  # pyright: ignore[reportPrivateUsage] - a fixture looks inside
    # It seals the states of questions; spans are of no interest.
    server.middleware.extend(fixtures.middleware[1:])
    server.get_tool_input_schema = inner.get_tool_input_schema
    for method, key in _LISTS.items():
        _join(server, inner, method, key)
    for method in _OWN:
        _choose(server, inner, method)
    _subscribe(server, inner)
    return server


def _fixtures() -> MCPServer[Any]:
    server = MCPServer[Any](name="fixtures", log_level="CRITICAL")
    for add in (add_contents, add_asking, add_notifying):
        add(server)
    return server


def _join(server: Server[Any], inner: Server[Any], method: str, key: str) -> None:
    """Have a list hold the entries of both servers."""
    theirs, ours = _handler(inner, method), _handler(server, method)

    async def both(ctx: _Context, params: Any) -> HandlerResult:
        first, second = await ours.handler(ctx, params), await theirs.handler(ctx, params)
        assert isinstance(first, BaseModel)
        assert isinstance(second, BaseModel)
        more = map(_described, getattr(second, key))
        return first.model_copy(update={key: [*getattr(first, key), *more]})

    server.add_request_handler(method, ours.params_type, both)


def _described(entry: BaseModel) -> BaseModel:
    return entry.model_copy(update={"description": "A fixture of the conformance suite."})


def _choose(server: Server[Any], inner: Server[Any], method: str) -> None:
    """Have the fixtures answer what names one of them, and the product the rest."""
    theirs, ours = _handler(inner, method), _handler(server, method)

    async def chosen(ctx: _Context, params: Any) -> HandlerResult:
        entry = theirs if _is_fixture(_OWN[method](params)) else ours
        return await entry.handler(ctx, params)

    server.add_request_handler(method, ours.params_type, chosen)


def _is_fixture(name: str) -> bool:
    return name.startswith(("test_", "test:", "json_schema")) and name not in _PLAIN


def _subscribe(server: Server[Any], inner: Server[Any]) -> None:
    """Add what the product does not offer: log levels and subscriptions."""
    listen = _handler(inner, "subscriptions/listen")
    server.add_request_handler("subscriptions/listen", listen.params_type, listen.handler)
    server.add_request_handler("logging/setLevel", SetLevelRequestParams, _accept)
    server.add_request_handler("resources/subscribe", SubscribeRequestParams, _accept)
    server.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, _accept)


async def _accept(ctx: _Context, params: BaseModel) -> EmptyResult:
    del ctx, params
    return EmptyResult()


def _handler(server: Server[Any], method: str) -> HandlerEntry[Any]:
    found = server.get_request_handler(method)
    assert found is not None, method
    return found
