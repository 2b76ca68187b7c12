"""A tool: its spec joined with its operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vapi_mcp.registry.answer_keys import AnswerKeys
from vapi_mcp.registry.arguments import Argument, arguments_of
from vapi_mcp.registry.input_schema import input_schema
from vapi_mcp.specs.facts.facts import Facts, Operation
from vapi_mcp.specs.tools.own import operation_of
from vapi_mcp.specs.tools.toolspec import Effect, ToolSpec


@dataclass(frozen=True, slots=True)
class Hints:
    """The four behaviour hints of MCP, all stated so that no client has to guess."""

    read_only: bool
    destructive: bool
    idempotent: bool
    open_world: bool


# A PATCH replaces what it names, so an update can destroy. An act reaches people and costs money:
# nothing undoes it, and it leaves the account (open world).
_HINTS: Mapping[Effect, Hints] = {
    "read": Hints(read_only=True, destructive=False, idempotent=True, open_world=False),
    "create": Hints(read_only=False, destructive=False, idempotent=False, open_world=False),
    "update": Hints(read_only=False, destructive=True, idempotent=True, open_world=False),
    "delete": Hints(read_only=False, destructive=True, idempotent=True, open_world=False),
    "act": Hints(read_only=False, destructive=True, idempotent=False, open_world=True),
}


@dataclass(frozen=True, slots=True)
class Tool:
    """What a client can call: a spec, joined with the facts of its operation.

    `arguments` holds every accepted argument by name, `input_schema` shows the useful ones;
    `answer` knows the keys of what it answers.
    """

    spec: ToolSpec
    operation: Operation
    arguments: Mapping[str, Argument]
    input_schema: Mapping[str, Any]
    answer: AnswerKeys

    @property
    def name(self) -> str:
        """What clients call it."""
        return self.spec.name

    @property
    def hints(self) -> Hints:
        """The behaviour hints its effect implies."""
        return _HINTS[self.spec.effect]

    @property
    def tells_now(self) -> bool:
        """Whether its answers say what time it is: lists, and what is computed over a time."""
        computes = self.spec.effect == "read" and self.operation.body is not None
        return computes or self.spec.output.kind == "list"

    def summary(self) -> dict[str, Any]:
        """Return what a preview of a scope says of it: who it is, without its arguments."""
        return {
            "name": self.spec.name,
            "title": self.spec.title,
            "description": self.spec.description,
            "resource": self.spec.resource,
            "method": self.spec.method,
            "effect": self.spec.effect,
            "tags": self.spec.tags,
        }

    def definition(self) -> dict[str, Any]:
        """Return the exact object of `tools/list`, with MCP's spelling of the keys."""
        hints = self.hints
        return {
            "name": self.spec.name,
            "title": self.spec.title,
            "description": self.spec.description,
            "inputSchema": self.input_schema,
            "annotations": {
                "title": self.spec.title,
                "readOnlyHint": hints.read_only,
                "destructiveHint": hints.destructive,
                "idempotentHint": hints.idempotent,
                "openWorldHint": hints.open_world,
            },
        }


def build_tool(spec: ToolSpec, facts: Facts, *, local_files: bool = False) -> Tool:
    """Join a spec with the facts of its operation.

    Raises:
        SpecError: The spec names what the facts do not have.
    """
    arguments = arguments_of(spec, facts, local_files=local_files)
    operation = operation_of(spec, facts)
    return Tool(
        spec=spec,
        operation=operation,
        arguments=arguments,
        input_schema=input_schema(spec, arguments, facts),
        answer=AnswerKeys(facts, operation),
    )
