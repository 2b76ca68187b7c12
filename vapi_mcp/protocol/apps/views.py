"""The views, each with the tools whose answers it shows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from vapi_mcp.accounts.records import Grant
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.tools.toolspec import ToolSpec

_FOLDER = Path(__file__).parent / "pages"
_SHARED = "<!-- shared -->"
_URI = re.compile(r"ui://vapi/([a-z-]+)/[0-9a-f]{1,64}")
_VERSION_LENGTH = 12


@dataclass(frozen=True)
class View:
    """One view: a page that a client shows in a frame.

    plays: whether it loads sound from this server. shows: the test whether it shows the answers
    of a tool.
    """

    name: str
    plays: bool
    shows: Callable[[ToolSpec], bool]

    @cached_property
    def page(self) -> str:
        """The page, whole: a frame may load nothing but sound."""
        own, shared = (
            (_FOLDER / f"{name}.html").read_text(encoding="utf-8") for name in (self.name, "shared")
        )
        return own.replace(_SHARED, shared)

    @cached_property
    def uri(self) -> str:
        """Its address, which changes with the page, as clients keep pages by their address."""
        version = hashlib.sha256(self.page.encode()).hexdigest()[:_VERSION_LENGTH]
        return f"ui://vapi/{self.name}/{version}"

    @property
    def link(self) -> dict[str, Any]:
        """What a tool says of it: as the extension has it, and as its first draft had it."""
        return {"ui": {"resourceUri": self.uri}, "ui/resourceUri": self.uri}


def _is_a_call(spec: ToolSpec) -> bool:
    is_read = spec.resource == "calls" and spec.method == "get" and spec.own is None
    return is_read or spec.output.holds == "audio"


def _computes(spec: ToolSpec) -> bool:
    has_figures = spec.resource in ("insights", "analytics") and spec.method == "create"
    return has_figures and spec.effect == "read"


CALL_PLAYER = View("call-player", plays=True, shows=_is_a_call)
CHART = View("chart", plays=False, shows=_computes)
VIEWS = (CALL_PLAYER, CHART)


def view_of(spec: ToolSpec) -> View | None:
    """Return the view that shows the answers of a tool."""
    return next((view for view in VIEWS if view.shows(spec)), None)


def with_view(definition: Mapping[str, Any], tool: Tool) -> Mapping[str, Any]:
    """Return a tool's definition with the link to its view, if it has one."""
    view = view_of(tool.spec)
    return definition if view is None else {**definition, "_meta": view.link}


def view_at(uri: str) -> View | None:
    """Return the view at an address, of whatever version: a page of before has ours instead."""
    found = _URI.fullmatch(uri)
    return found and next((view for view in VIEWS if view.name == found[1]), None)


def views_in(registry: Registry, grant: Grant) -> set[str]:
    """Return the names of the views of all tools that a grant lists by themselves."""
    if grant.server.config.tool_exposure != "all":
        return set()
    views = [view_of(tool.spec) for tool in registry.in_scope(grant.scope)]
    return {view.name for view in views if view is not None}
