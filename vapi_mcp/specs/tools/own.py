"""Tools of our own: those that stand for no operation of Vapi's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from vapi_mcp.specs.facts.facts import Body, Facts, Operation, Schema

if TYPE_CHECKING:
    from vapi_mcp.specs.tools.toolspec import ToolSpec

# How such a tool runs: it waits for an object, restores one, or controls a running call.
OwnKind: TypeAlias = Literal["wait", "restore", "control"]

_METHODS: Mapping[OwnKind, Literal["get", "update"]] = {
    "wait": "get",
    "restore": "update",
    "control": "update",
}
_OF_HTTP: Mapping[OwnKind, str] = {"wait": "GET", "restore": "PATCH", "control": "POST"}
_TEXT: Schema = {"type": "string"}
_SECONDS: Schema = {"type": "integer", "minimum": 1, "maximum": 50}
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Own:
    """How a tool runs that stands for no operation.

    reads: the operation that reads the object of its id, if any. state, over: the key of that
    object which holds its state, and the states in which it does not change any more. adds: what
    goes into the body besides the arguments. query, body: the schemas of its arguments; needs:
    those of the body that it requires.
    """

    kind: OwnKind
    reads: str | None = None
    state: str = "status"
    over: tuple[str, ...] = ()
    adds: Mapping[str, Any] = field(default_factory=dict[str, Any])
    query: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    body: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    needs: tuple[str, ...] = ()

    @property
    def method(self) -> Literal["get", "update"]:
        """Truto's word for the tool, as a scope has it."""
        return _METHODS[self.kind]


def operation_of(spec: ToolSpec, facts: Facts) -> Operation:
    """Return the operation of a tool, or what stands for one of a tool of our own.

    Raises:
        SpecError: The API has no such operation.
    """
    own = spec.own
    if own is None:
        return facts.operation(spec.operation)
    read = facts.operation(own.reads) if own.reads else None
    path = spec.operation.partition(" ")[2]
    answers = read.answers if read is not None and own.kind == "wait" else {}
    return Operation(
        key=spec.operation,
        method=_OF_HTTP[own.kind],
        path=path,
        id=spec.name,
        tag=read.tag if read else None,
        path_parameters=read.path_parameters if read else {"id": _TEXT},
        query={"seconds": _SECONDS} if own.kind == "wait" else own.query,
        required_query=frozenset(),
        body=_body(own),
        answers=answers,
    )


def _body(own: Own) -> Body | None:
    if own.kind != "control":
        return None
    schema = {"type": "object", "properties": own.body, "required": list(own.needs)}
    return Body(_JSON, required=True, schema=schema)
