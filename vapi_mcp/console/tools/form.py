"""The arguments of a tool as a form: one field per argument that its schema shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import orjson

from vapi_mcp.console.frame.forms import Form
from vapi_mcp.errors import AdminError
from vapi_mcp.registry.tool import Tool

Kind: TypeAlias = Literal["text", "number", "choice", "json"]

# The names of the form's own fields; those of arguments begin with the prefix.
ARGUMENTS, PREFIX = "arguments", "f."
_KINDS: Mapping[str, Kind] = {"string": "text", "integer": "number", "number": "number"}
# What the page itself decides.
_USUAL = 6
_NOT_SHOWN = frozenset({"dry_run"})


@dataclass(frozen=True, slots=True)
class ArgumentField:
    """An argument in the form; an empty field leaves it out.

    kind: how it is written. is_usual: whether it is always seen, and not behind a click.
    """

    name: str
    kind: Kind
    type: str
    help: str
    is_required: bool
    choices: tuple[str, ...]
    value: str
    is_usual: bool


def fields_of(tool: Tool, arguments: Mapping[str, Any]) -> list[ArgumentField]:
    """Return the fields of a tool, filled in with arguments."""
    schema = tool.input_schema
    required = schema.get("required", ())
    return [
        _field(
            name, each, arguments.get(name), is_required=name in required, is_first=place < _USUAL
        )
        for place, (name, each) in enumerate(schema["properties"].items())
        if name not in _NOT_SHOWN
    ]


def arguments_in(form: Form, tool: Tool) -> dict[str, Any]:
    """Return the arguments of a sent form: its JSON, else its fields, where no script ran.

    Raises:
        AdminError: 400, the JSON or a field cannot be read.
    """
    text = form.text(ARGUMENTS)
    if text and text != "{}":
        return parsed(text)
    shown = fields_of(tool, {})
    given = {each.name: form.text(PREFIX + each.name) for each in shown}
    return _shallow(
        {each.name: _read(each, given[each.name]) for each in shown if given[each.name]}
    )


def parsed(text: str) -> dict[str, Any]:
    """Return arguments from JSON.

    Raises:
        AdminError: 400, it is no JSON object.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise AdminError(f"the arguments are not JSON: {error}", status=400) from None
    if not isinstance(value, dict):
        raise AdminError("the arguments are a JSON object, such as {}", status=400)
    return _shallow(value)


def _shallow(value: dict[str, Any]) -> dict[str, Any]:
    """Return arguments that can be written again."""
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        raise AdminError("the arguments are nested too deeply", status=400) from None
    return value


def pretty(value: Any) -> str:
    """Return JSON for people."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _field(
    name: str, schema: Mapping[str, Any], value: Any, *, is_required: bool, is_first: bool
) -> ArgumentField:
    kind, choices = _KINDS.get(schema.get("type", ""), "json"), tuple(schema.get("enum", ()))
    if schema.get("type") == "boolean":
        kind, choices = "choice", ("true", "false")
    if choices:
        kind = "choice"
    return ArgumentField(
        name=name,
        kind=kind,
        type=_type_of(schema),
        help=schema.get("description", ""),
        is_required=is_required,
        choices=tuple(map(str, choices)),
        value=_shown(value),
        is_usual=is_required or is_first,
    )


def _type_of(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "any")
    return f"list of {_type_of(schema.get('items', {}))}" if kind == "array" else str(kind)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _read(field: ArgumentField, text: str) -> Any:
    if field.kind == "text" or (field.kind == "choice" and field.type == "string"):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise AdminError(f"{field.name} is not a JSON {field.type}", status=400) from None
