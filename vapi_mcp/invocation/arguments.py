"""Arguments: repair, then refuse. What is refused here was never sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.checked import Checked
from vapi_mcp.invocation.moved import is_stamp, moved_to, strange_argument, without
from vapi_mcp.invocation.numbers import odd_numbers
from vapi_mcp.invocation.repair import kinds_of, placed, repaired
from vapi_mcp.registry.argument import Argument
from vapi_mcp.registry.bounds import MOST_ARGUMENTS, bound_of
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.checking import Finding, check_value
from vapi_mcp.specs.facts import Facts, Schema
from vapi_mcp.specs.nearness import near_names
from vapi_mcp.specs.outline import glimpse

_MOST_NOTES = 8
_STRANGE = "is not an argument"
_ID = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~:-]{0,127}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
}


@dataclass(slots=True)
class _Review:
    """What a look at the arguments brought to light."""

    facts: Facts
    merges: bool = False
    problems: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, argument: str, problem: str, schema: Schema | None = None) -> None:
        shown = {"schema": glimpse(self.facts, schema, argument)} if schema else {}
        self.problems.append({"argument": argument, "problem": problem, **shown})

    @property
    def is_told(self) -> bool:
        """Whether one more problem is still told; nobody looks for near misses of the others."""
        return len(self.problems) < _MOST_NOTES

    def object_to(self, finding: Finding) -> None:
        """Note what Vapi may object to; words are only looked for where they are told."""
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(f"{finding.place} {objection(finding)}; sent as it is")


def check_arguments(tool: Tool, arguments: Mapping[str, Any], facts: Facts) -> Checked:
    """Return the arguments of a call in their places and types.

    Strict on the arguments a tool has; deeper down, and where a value is not among the
    documented ones, it only notes what Vapi may object to: models and voices change weekly.

    Raises:
        InvalidArguments: It names every problem at once, with what would be right.
    """
    review = _Review(facts, merges=arguments.get("nested") == "merge")
    values: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "body": {}, "control": {}}
    if len(arguments) > MOST_ARGUMENTS:
        raise _crowd(tool, arguments)
    _refuse_unknown(tool, arguments, facts, review)
    given = {**tool.spec.defaults, **{k: v for k, v in arguments.items() if v is not None}}
    for argument in tool.arguments.values():
        if argument.name in given:
            value = _checked_value(tool, argument, given[argument.name], facts, review)
            values[argument.place][argument.upstream] = value
        elif _is_cleared(tool, argument, arguments):
            _clear(argument, values, facts, review)
        elif argument.required:
            meaning = tool.spec.words[argument.name].rstrip(".")
            review.refuse(argument.name, f"is required: {meaning}", argument.schema)
    if review.problems:
        raise _refusal(tool, review)
    body = values["body"] or ({} if _needs_body(tool) else None)
    notes = tuple(review.notes[:_MOST_NOTES])
    return Checked(values["path"], values["query"], body, values["control"], notes)


def _refuse_unknown(
    tool: Tool, arguments: Mapping[str, Any], facts: Facts, review: _Review
) -> None:
    for name in sorted(arguments.keys() - tool.arguments.keys()):
        if is_stamp(tool, name, facts):
            review.notes.append(f"{name} is set by Vapi and was left out")
        else:
            problem = strange_argument(tool, name, facts) if review.is_told else _STRANGE
            review.refuse(name[:80], problem)


def _checked_value(
    tool: Tool, argument: Argument, value: Any, facts: Facts, review: _Review
) -> Any:
    bound = bound_of(argument.name, argument.place)
    if bound and (too_much := bound.objection(value)):
        review.refuse(argument.name, too_much, argument.schema)
        return value
    value = _repair(argument, value, facts)
    if argument.place == "path":
        return _checked_id(argument, value, review)
    for finding in check_value(facts, argument.schema, value, (argument.name,)):
        if _is_wall(argument, finding):
            review.refuse(finding.place, objection(finding), argument.schema)
        elif finding.rule == "required" and review.merges:
            continue
        elif finding.rule == "unknown" and is_stamp(tool, str(finding.path[-1]), facts):
            value = without(value, finding.path[1:])
            review.notes.append(f"{finding.place} is set by Vapi and was left out")
        elif moved := moved_to(finding, facts):
            review.refuse(finding.place, moved)
        else:
            review.object_to(finding)
    if facts.resolve(argument.schema).get("format") == "date-time" and isinstance(value, str):
        _check_date(argument, value, review)
    return _with_plain_numbers(argument, value, facts, review)


def _is_wall(argument: Argument, finding: Finding) -> bool:
    """Say whether a finding is refused: values of Vapi's own lists drift, ours do not."""
    if argument.place == "control":
        return finding.rule in ("type", "limit", "enum")
    return len(finding.path) == 1 and finding.rule in ("type", "limit")


def _repair(argument: Argument, value: Any, facts: Facts) -> Any:
    variants = facts.variants(argument.schema)
    items_are_text = any(
        facts.resolve(v.get("items", {})).get("type") == "string" for v in variants
    )
    value = repaired(value, kinds_of(variants), items_are_text=items_are_text)
    if not isinstance(value, dict | list):
        return value
    for finding in check_value(facts, argument.schema, value):
        if finding.rule == "type" and finding.path and isinstance(finding.value, str | int | float):
            kinds = frozenset(str(finding.expected).split(" or "))
            value = placed(value, finding.path, repaired(finding.value, kinds))
    return value


def _checked_id(argument: Argument, value: Any, review: _Review) -> str:
    """An id can never leave its path segment, whatever it holds."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        review.refuse(
            argument.name,
            f"{_quoted(value)} is not an id: letters, digits and - _ . ~ : only, at most 128",
        )
    elif argument.schema.get("format") == "uuid" and not _UUID.fullmatch(value):
        review.notes.append(f"{argument.name} {value!r} is not a UUID, as Vapi's ids are")
    elif (allowed := argument.schema.get("enum")) and value not in allowed:
        review.notes.append(f"{argument.name} {value!r} is not documented ({', '.join(allowed)})")
    return str(value)


def _check_date(argument: Argument, value: str, review: _Review) -> None:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        problem = f"{value[:40]!r} is not an ISO 8601 date, as in 2026-01-31T09:00:00Z"
        review.refuse(argument.name, problem)


def _with_plain_numbers(argument: Argument, value: Any, facts: Facts, review: _Review) -> Any:
    schema = {"type": "object", "properties": {argument.name: argument.schema}}
    if argument.place != "body":
        return value
    for number in odd_numbers(facts, schema, {argument.name: value}):
        if number.mended is None:
            review.refuse(number.place, number.problem)
        else:
            value = placed(value, number.path[1:], number.mended)
            review.notes.append(f"{number.given!r} was sent as {number.mended}")
    return value


def _is_cleared(tool: Tool, argument: Argument, arguments: Mapping[str, Any]) -> bool:
    """Say whether a null means "empty this": only in what an update changes."""
    is_null = argument.name in arguments and arguments[argument.name] is None
    return is_null and argument.place == "body" and tool.spec.effect == "update"


def _clear(
    argument: Argument, values: dict[str, dict[str, Any]], facts: Facts, review: _Review
) -> None:
    if any(variant.get("nullable") for variant in facts.variants(argument.schema)):
        values["body"][argument.upstream] = None
    else:
        review.refuse(
            argument.name, "cannot be cleared: null is not allowed here; leave it out to keep it"
        )


def _needs_body(tool: Tool) -> bool:
    body = tool.operation.body
    return body is not None and body.required


def objection(finding: Finding) -> str:
    """Say what is wrong and what would be right, after the name of the place."""
    match finding.rule:
        case "unknown":
            near = near_names(str(finding.path[-1]), finding.expected)
            advice = f" (did you mean {' or '.join(near)}?)" if near else ""
            return f"is not documented{advice}"
        case "required":
            return "is missing, and Vapi requires it"
        case "type":
            return f"must be {finding.expected}, not {_described(finding.value)}"
        case "enum":
            allowed = ", ".join(str(value) for value in finding.expected[:12])
            more = ", …" if len(finding.expected) > 12 else ""  # noqa: PLR2004 - a readable few
            return f"{_quoted(finding.value)} is not among the documented {allowed}{more}"
        case "limit":
            keyword, bound = finding.expected
            return f"must be {_BOUNDS[keyword].format(bound)}"


def _quoted(value: Any) -> str:
    """Return a text, cut; of anything else, which may be large, what it is."""
    return repr(value[:60]) if isinstance(value, str) else _described(value)


def _described(value: Any) -> str:
    names = {
        dict: "an object",
        list: "an array",
        str: "text",
        bool: "a boolean",
        type(None): "null",
    }
    return names.get(type(value), f"{value!r}"[:40])


def _crowd(tool: Tool, arguments: Mapping[str, Any]) -> InvalidArguments:
    return InvalidArguments(
        f"{tool.name}: {len(arguments):,} arguments are no call; {MOST_ARGUMENTS} is the most. "
        "Nothing was sent."
    )


def _refusal(tool: Tool, review: _Review) -> InvalidArguments:
    few = review.problems[:_MOST_NOTES]
    told = "; ".join(f"{each['argument']} {each['problem']}" for each in few)
    if more := len(review.problems) - len(few):
        told += f"; and {more} more"
    end = "" if told.endswith("?") else "."
    message = f"{tool.name}: {told}{end} Nothing was sent."
    return InvalidArguments(message, details=few)
