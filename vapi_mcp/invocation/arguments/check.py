"""Arguments: repair, then refuse. What is refused here was never sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.aliases import under_our_names, with_conditions
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.arguments.dates import written_out
from vapi_mcp.invocation.arguments.edits import Edits
from vapi_mcp.invocation.arguments.encodable import unsendable
from vapi_mcp.invocation.arguments.left_out.absence import NOTHING, Absence
from vapi_mcp.invocation.arguments.left_out.clearing import CLEAR, cleared, warnings
from vapi_mcp.invocation.arguments.left_out.emptiness import is_nothing
from vapi_mcp.invocation.arguments.markers import refuse_markers
from vapi_mcp.invocation.arguments.notes import (
    Objections,
    Repaired,
    UrgentNote,
    by_weight,
    language_risk,
    listed,
    objection,
    quoted,
)
from vapi_mcp.invocation.arguments.phone_numbers import odd_numbers
from vapi_mcp.invocation.arguments.renamed import is_stamp, moved_from
from vapi_mcp.invocation.arguments.repair import kinds_of, repaired
from vapi_mcp.invocation.arguments.time_ranges import with_times_written_out
from vapi_mcp.invocation.arguments.unknown import foreign_names, strays_in
from vapi_mcp.invocation.arguments.usual import is_of_unknown_kind, telling_findings
from vapi_mcp.json_paths import format_place
from vapi_mcp.registry.arguments import Argument, is_kept
from vapi_mcp.registry.bounds import MOST_ARGUMENTS, bound_of
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.facts.outline import glimpse
from vapi_mcp.specs.facts.renamed import MovedProperty
from vapi_mcp.specs.facts.validation import Violation, check_value

_MOST_NOTES = 8
_STRANGE = "is not an argument"
# What the details of an error say of a problem that its message tells at length.
_BRIEF = "brief"
_ID = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~:-]{0,127}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(slots=True)
class _Review:
    """What a look at the arguments brought to light."""

    facts: Facts
    absence: Absence
    merges: bool = False
    problems: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    objections: Objections = field(default_factory=Objections)
    left_out: list[str] = field(default_factory=list)

    def all_notes(self) -> tuple[str, ...]:
        """Return what is to be said, one note a kind, what matters most first."""
        verbs = ("is", "was") if len(self.left_out) == 1 else ("are", "were")
        told = "{} {} set by Vapi and {} left out"
        left = [told.format(listed(sorted(self.left_out)), *verbs)] if self.left_out else []
        erased = [UrgentNote(note) for note in self.absence.warnings()]
        notes = [*erased, *self.notes, *left, *self.objections.notes(), *self.absence.notes()]
        return by_weight(notes)[:_MOST_NOTES]

    def refuse(self, argument: str, problem: str, schema: Schema | None = None) -> None:
        shown = {"schema": glimpse(self.facts, schema, argument)} if schema else {}
        self.problems.append({"argument": argument, "problem": problem, **shown})

    @property
    def is_told(self) -> bool:
        """Whether one more problem is listed; the others get no search for near misses."""
        return len(self.problems) < _MOST_NOTES

    def object_to(self, finding: Violation) -> None:
        """Note what Vapi may object to; words are only looked for where they are told."""
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(f"{finding.place} {objection(finding)}; sent as it is")


def check_arguments(tool: Tool, arguments: Mapping[str, Any], facts: Facts) -> Checked:
    """Return the arguments of a call in their places and types.

    Strict on the types of the arguments a tool has; deeper down, and where a name or a value is
    not documented, it only notes what Vapi may object to: models and voices change weekly.

    Raises:
        InvalidArguments: It names every problem at once, with what would be right.
    """
    review = _Review(facts, Absence(tool, facts), merges=arguments.get("nested") == "merge")
    _refuse_oversized(tool, arguments, review)
    _refuse_unsendable(tool, arguments, review)
    arguments, told = with_conditions(tool, under_our_names(tool, arguments))
    review.notes += [told] if told else []
    arguments = _with_first_id(tool, arguments)
    values: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "body": {}, "control": {}}
    values["body"] |= _sent_strays(tool, arguments, facts, review)
    given = {**tool.spec.defaults, **review.absence.given(arguments)}
    given = {name: value for name, value in given.items() if name not in review.left_out}
    for argument in tool.arguments.values():
        value = NOTHING
        if argument.name in given:
            value = _checked_value(tool, argument, given, facts, review)
        if value is not NOTHING:
            values[argument.place][argument.upstream] = value
        elif argument.required and not is_kept(tool.spec, argument):
            meaning = tool.spec.words[argument.name].rstrip(".")
            review.refuse(argument.name, f"is required: {meaning}", argument.schema)
    _clear(tool, values, facts, review)
    for name in foreign_names(tool, values["body"], facts):
        del values["body"][name]
        review.left_out.append(name)
    _refuse_nothing_left(tool, values["body"], review)
    if review.problems:
        raise _refusal(tool, review)
    _refuse_unsendable(tool, values["body"], review)
    refuse_markers(tool, values["body"], values["path"])
    body = _with_times(tool, values["body"], review) or ({} if _needs_body(tool) else None)
    return Checked(values["path"], values["query"], body, values["control"], review.all_notes())


def _with_times(tool: Tool, body: dict[str, Any], review: _Review) -> dict[str, Any]:
    written, problems = with_times_written_out(tool, body, utc_now())
    for place, problem in problems:
        review.refuse(place, problem)
    if problems:
        raise _refusal(tool, review)
    return written


def _refuse_oversized(tool: Tool, arguments: Mapping[str, Any], review: _Review) -> None:
    """Refuse what is beyond the bounds of our own arguments before anything looks through it."""
    if len(arguments) > MOST_ARGUMENTS:
        raise _crowd(tool, arguments)
    for argument in tool.arguments.values():
        if argument.name not in arguments:
            continue
        bound = bound_of(argument.name, argument.place)
        if bound and (too_much := bound.objection(arguments[argument.name])):
            review.refuse(argument.name, too_much, argument.schema)
    if review.problems:
        raise _refusal(tool, review)


def _refuse_unsendable(tool: Tool, arguments: Mapping[str, Any], review: _Review) -> None:
    """Refuse before anything else is made of them: errors and logs have to hold what they tell."""
    for place, problem in unsendable(arguments):
        review.refuse(place, problem)
    if review.problems:
        raise _refusal(tool, review)


def _sent_strays(
    tool: Tool, arguments: Mapping[str, Any], facts: Facts, review: _Review
) -> dict[str, Any]:
    strays = strays_in(tool, arguments, facts)
    for name, problem in strays.refused.items():
        review.refuse(name[:80], problem)
    is_known = not is_of_unknown_kind(tool, arguments, facts)
    for name, problem in strays.objections.items() if is_known else ():
        review.objections.add("unknown", name[:80], problem)
    review.left_out += strays.left_out
    return strays.sent


def _refuse_nothing_left(tool: Tool, body: Mapping[str, Any], review: _Review) -> None:
    """Refuse an update of which only names are left that Vapi sets itself."""
    if tool.spec.effect == "update" and tool.operation.body is not None and not body:
        for name in review.left_out:
            review.refuse(name[:80], f"is set by Vapi; {tool.name} cannot set it")


def _checked_value(
    tool: Tool, argument: Argument, given: Mapping[str, Any], facts: Facts, review: _Review
) -> Any:
    value = review.absence.within(argument, _repair(argument, given[argument.name], facts))
    if value is NOTHING:
        return NOTHING
    if argument.place == "path":
        return _checked_id(argument, value, review)
    edits = Edits(value)
    for finding in telling_findings(tool, argument, value, given, facts):
        if _is_wall(argument, finding):
            _refuse(argument, finding, review)
        elif finding.rule == "required" and review.merges:
            continue
        elif finding.rule == "unknown" and is_stamp(tool, str(finding.path[-1]), facts):
            edits.remove(finding.path[1:])
            review.left_out.append(finding.place)
        elif (moved := moved_from(finding, facts)) and moved.refused and is_nothing(finding.value):
            edits.remove(finding.path[1:])
            review.absence.left_out(finding)
        elif moved and moved.refused:
            review.refuse(finding.place, moved.told(format_place(finding.path[:-1])))
        else:
            _object(finding, moved, review)
    if facts.resolve(argument.schema).get("format") == "date-time" and isinstance(value, str):
        return _checked_date(argument, value, review)
    return _with_plain_numbers(argument, edits, facts, review)


def _refuse(argument: Argument, finding: Violation, review: _Review) -> None:
    """Refuse a value; what is allowed instead stands once, in the message or in the schema."""
    is_listed = finding.rule == "enum"
    review.refuse(finding.place, objection(finding), None if is_listed else argument.schema)
    if is_listed:
        review.problems[-1][_BRIEF] = f"{quoted(finding.value)} is not an allowed value"


def _object(finding: Violation, moved: MovedProperty | None, review: _Review) -> None:
    rule = finding.rule
    if rule == "enum" and (risk := language_risk(finding)):
        review.notes.append(risk)
        return
    if moved:
        problem = moved.told(format_place(finding.path[:-1]))
    else:
        is_brief = review.objections.is_full(rule) or (
            rule == "unknown" and review.facts.moved.takes(str(finding.path[-1]), finding.expected)
        )
        problem = objection(finding, is_brief=is_brief)
    review.objections.add(rule, finding.path, problem)


def _is_wall(argument: Argument, finding: Violation) -> bool:
    """Return whether a finding is refused: values of Vapi's own lists drift, ours do not."""
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
    edits = Edits(value)
    for finding in check_value(facts, argument.schema, value):
        if finding.rule == "type" and finding.path and isinstance(finding.value, str | int | float):
            kinds = frozenset(str(finding.expected).split(" or "))
            edits.place(finding.path, repaired(finding.value, kinds))
    return edits.value


def _checked_id(argument: Argument, value: Any, review: _Review) -> str:
    """An id can never leave its path segment, whatever it holds."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        review.refuse(
            argument.name,
            f"{quoted(value)} is not an id: letters, digits and - _ . ~ : only, at most 128",
        )
    elif argument.schema.get("format") == "uuid" and not _UUID.fullmatch(value):
        review.notes.append(f"{argument.name} {value!r} is not a UUID, as Vapi's ids are")
    elif (allowed := argument.schema.get("enum")) and value not in allowed:
        review.notes.append(f"{argument.name} {value!r} is not documented ({', '.join(allowed)})")
    return str(value)


def _checked_date(argument: Argument, value: str, review: _Review) -> str:
    try:
        return written_out(argument.name, value, utc_now())
    except ValueError as error:
        review.refuse(argument.name, str(error))
        return value


def _with_plain_numbers(argument: Argument, edits: Edits, facts: Facts, review: _Review) -> Any:
    schema = {"type": "object", "properties": {argument.name: argument.schema}}
    if argument.place != "body":
        return edits.value
    for number in odd_numbers(facts, schema, {argument.name: edits.value}):
        if number.mended is None:
            review.refuse(number.place, number.problem)
        else:
            edits.place(number.path[1:], number.mended)
            review.notes.append(Repaired(f"{number.given!r} was sent as {number.mended}"))
    return edits.value


def _with_first_id(tool: Tool, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return arguments with the first of many ids as the one of the path, where none is given."""
    ids = arguments.get("ids")
    if "ids" not in tool.arguments or not isinstance(ids, list) or not ids or arguments.get("id"):
        return arguments
    return {**arguments, "id": cast("list[Any]", ids)[0]}


def _clear(tool: Tool, values: dict[str, dict[str, Any]], facts: Facts, review: _Review) -> None:
    names = values["control"].get(CLEAR)
    if isinstance(names, list):
        body = values["body"]
        given = {*body, *(a.name for a in tool.arguments.values() if a.upstream in body)}
        texts = [str(name) for name in cast("list[Any]", names)]
        found = cleared(tool, texts, given, facts)
        is_known = not is_of_unknown_kind(tool, body, facts)
        body.update(found.nulls)
        review.notes[:0] = warnings(tool, found.nulls)
        for name, problem in found.objections.items() if is_known else ():
            review.objections.add("unknown", name, problem)
        for problem in found.problems:
            review.refuse(CLEAR, problem)


def _needs_body(tool: Tool) -> bool:
    body = tool.operation.body
    return body is not None and body.required


def _crowd(tool: Tool, arguments: Mapping[str, Any]) -> InvalidArguments:
    return InvalidArguments(
        f"{tool.name}: {len(arguments):,} arguments are too many; at most {MOST_ARGUMENTS} "
        "are allowed. Nothing was sent."
    )


def _refusal(tool: Tool, review: _Review) -> InvalidArguments:
    few = review.problems[:_MOST_NOTES]
    told = "; ".join(f"{each['argument']} {each['problem']}" for each in few)
    if more := len(review.problems) - len(few):
        told += f"; and {more} more"
    end = "" if told.endswith("?") else "."
    message = f"{tool.name}: {told}{end} Nothing was sent."
    details = [{**each, "problem": each.get(_BRIEF, each["problem"])} for each in few]
    for each in details:
        each.pop(_BRIEF, None)
    return InvalidArguments(message, details=details)
