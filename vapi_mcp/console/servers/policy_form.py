"""The rules of a policy as fields of a form, made from their models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, TypeAlias, cast

from pydantic import TypeAdapter

from vapi_mcp.console.frame.forms import Form
from vapi_mcp.invocation.writes.policy.rules import RULES

PREFIX = "policy."
TIME_ZONE = f"{PREFIX}time_zone"

Kind: TypeAlias = Literal["lines", "number", "text", "choices"]
Values: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RuleField:
    """One field of a rule: `lines` of texts, a number, a text, or some of several choices.

    name: of the field, the path of its value in a config.
    """

    name: str
    label: str
    help: str
    kind: Kind
    choices: tuple[str, ...] = ()

    def read(self, form: Form) -> Any:
        """Return the value in a form; None where it is empty."""
        if self.kind == "choices":
            return list(form.all(self.name)) or None
        text = form.text(self.name)
        if self.kind == "lines":
            return [line.strip() for line in text.splitlines() if line.strip()] or None
        return (_number(text) if self.kind == "number" else text) if text else None

    def shown(self, value: Any) -> Any:
        """Return a value as the field holds it."""
        if self.kind == "choices":
            return value or []
        if self.kind == "lines":
            return "\n".join(value or ())
        return "" if value is None else value


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """A rule with its fields: one, or those of an object."""

    name: str
    label: str
    help: str
    fields: tuple[RuleField, ...] = field(default=())


@cache
def rule_groups() -> tuple[RuleGroup, ...]:
    """Return the fields of all rules, in the order of the rules."""
    return tuple(_group(rule.name, rule.description, rule.field) for rule in RULES)


def policy_of(form: Form) -> dict[str, Any] | None:
    """Return the policy in a form; None where it sets no rule."""
    rules = {group.name: _read(group, form) for group in rule_groups()}
    kept = {name: value for name, value in rules.items() if value is not None}
    zone = form.text(TIME_ZONE)
    return {**kept, **({"time_zone": zone} if zone else {})} if kept or zone else None


def policy_values(policy: Values) -> dict[str, Any]:
    """Return the values of all fields for a policy as JSON."""
    values: dict[str, Any] = {TIME_ZONE: policy.get("time_zone") or ""}
    for group in rule_groups():
        given = policy.get(group.name)
        for each in group.fields:
            inner = each.name.removeprefix(f"{PREFIX}{group.name}").removeprefix(".")
            values[each.name] = each.shown((given or {}).get(inner) if inner else given)
    return values


def _read(group: RuleGroup, form: Form) -> Any:
    path = f"{PREFIX}{group.name}"
    if [each.name for each in group.fields] == [path]:
        return group.fields[0].read(form)
    found = {each.name.removeprefix(f"{path}."): each.read(form) for each in group.fields}
    return {name: value for name, value in found.items() if value is not None} or None


def _group(name: str, words: str, kind: Any) -> RuleGroup:
    schema = TypeAdapter(kind).json_schema()
    label = name.replace("_", " ").capitalize()
    path = f"{PREFIX}{name}"
    if schema.get("type") == "object":
        return RuleGroup(name, label, words, tuple(_parts(path, schema)))
    return RuleGroup(name, label, words, (_field(path, label, words, schema),))


def _parts(path: str, schema: Values) -> Iterator[RuleField]:
    for name, inner in cast("Mapping[str, Values]", schema["properties"]).items():
        yield _field(f"{path}.{name}", name.capitalize(), inner.get("description", ""), inner)


def _field(name: str, label: str, words: str, schema: Values) -> RuleField:
    if schema.get("type") == "array":
        choices = tuple(cast("Values", schema["items"]).get("enum", ()))
        return RuleField(name, label, words, "choices" if choices else "lines", choices)
    is_number = any(each.get("type") in ("integer", "number") for each in _kinds(schema))
    return RuleField(name, label, words, "number" if is_number else "text")


def _kinds(schema: Values) -> list[Values]:
    return [schema, *cast("list[Values]", schema.get("anyOf", []))]


def _number(text: str) -> int | float | str:
    """Return a number, or the text itself, which the request then refuses."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text
