"""The operation that a request asks for, with how it is kept to one client."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from vapi_mcp.invocation.belonging.kinds import kind_of
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.registry.tool import Tool


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with the tool of its operation. kind: of the object that its path leads to.

    owner: the path of the object that it belongs to, or that it names itself; None without one.
    """

    tool: Tool
    kind: str
    owner: str | None


class Operations:
    """Finds the tool whose operation a request asks for."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        # What is written out comes before what stands for an id.
        of_vapi = [each for each in tools if each.spec.own is None]
        known = [(each.operation.method, _steps(each.operation.path), each) for each in of_vapi]
        self._known = sorted(known, key=lambda each: sum(map(_is_variable, each[1])))

    def asked(self, request: UpstreamRequest) -> Asked | None:
        """Return what a request asks for; None where no tool does that."""
        given = _steps(request.path)
        for method, steps, tool in self._known:
            if method == request.method and _fits(given, steps):
                return Asked(tool, _kind(tool), _owner(given, steps))
        return None


def _steps(path: str) -> list[str]:
    return path.split("/")[1:]


def _is_variable(step: str) -> bool:
    return step.startswith("{")


def _fits(given: list[str], steps: list[str]) -> bool:
    return len(given) == len(steps) and all(
        _is_id(mine) if _is_variable(step) else mine == step
        for mine, step in zip(given, steps, strict=True)
    )


def _is_id(step: str) -> bool:
    """Return whether a step can stand for one object; dots alone lead elsewhere."""
    return step.strip(".") != "" and "/" not in unquote(step)


def _kind(tool: Tool) -> str:
    try:
        return kind_of(tool.operation.path)
    except KeyError:
        return ""


def _owner(given: list[str], steps: list[str]) -> str | None:
    at = next((at for at, step in enumerate(steps) if _is_variable(step)), None)
    return None if at is None else "/" + "/".join(given[: at + 1])
