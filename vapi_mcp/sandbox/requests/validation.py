"""Bodies and queries against the facts, with the complaints of NestJS's whitelist validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from vapi_mcp.sandbox.requests.refusals import bad_request
from vapi_mcp.sandbox.state.dates import to_moment
from vapi_mcp.specs.facts.facts import Facts, Operation, Schema
from vapi_mcp.specs.facts.validation import Violation, check_value, choose_variant

# Values of a discriminator that the service knows and its document does not.
UNDOCUMENTED_TOOLS = frozenset({"transferCancel", "transferSuccessful", "output", "make", "ghl"})

# Enums that decide how an object is read or computed. Others (models, voices, languages) grow
# with every release, so an unknown value below the top level is taken as newer than the facts.
_DECISIVE = frozenset(
    {"type", "provider", "role", "table", "operation", "operator", "column", "comparator"}
    | {"groupBy", "step", "format"}
)

_LIMITS = {
    "maxLength": "must be shorter than or equal to {} characters",
    "minLength": "must be longer than or equal to {} characters",
    "maximum": "must not be greater than {}",
    "minimum": "must not be less than {}",
    "maxItems": "must contain no more than {} elements",
    "minItems": "must contain at least {} elements",
}
_TYPES = {
    "string": "must be a string",
    "number": "must be a number conforming to the specified constraints",
    "integer": "must be an integer number",
    "boolean": "must be a boolean value",
    "array": "must be an array",
    "object": "must be an object",
}


def check_body(facts: Facts, schema: Schema, body: Any) -> None:
    """Refuse with 400 and one sentence for each thing the whitelist objects to.

    A null stands for an absent property, at every depth.
    """
    if not isinstance(body, dict):
        raise bad_request(["body must be an object"])
    given = cast("dict[str, Any]", body)
    missing_tag = _missing_tag(facts, schema, given)
    if missing_tag:
        raise bad_request(missing_tag)
    found = check_value(facts, schema, given)
    findings = [each for each in found if not _is_forgiven(facts, each)]
    present = _without_nulls(given)
    if present != given:
        rest = [each for each in check_value(facts, schema, present) if each.rule == "required"]
        findings += [each for each in rest if each not in findings]
    messages = [sentence for finding in findings for sentence in _sentences(finding)]
    if messages:
        raise bad_request(messages)


def refuse_clearing(facts: Facts, creation: Schema | None, body: Any) -> None:
    """Refuse with 400 an update that clears what the creation of such an object requires."""
    if creation is None or not isinstance(body, dict):
        return
    given = cast("dict[str, Any]", body)
    meant = choose_variant(facts, creation, given)
    required = () if isinstance(meant, Violation) else meant.get("required", ())
    cleared = [name for name in required if name in given and given[name] is None]
    if cleared:
        raise bad_request([f"{name} should not be empty" for name in cleared])


def _without_nulls(value: Any) -> Any:
    """Return a value without the properties that are null; items of lists stay."""
    if isinstance(value, dict):
        properties = cast("dict[str, Any]", value)
        return {k: _without_nulls(v) for k, v in properties.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in cast("list[Any]", value)]
    return value


def _missing_tag(facts: Facts, schema: Schema, body: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a body of a tagged union that has no tag: all members are meant."""
    union = facts.resolve(schema).get("discriminator")
    if not union or union["propertyName"] in body:
        return []
    known = {name for variant in facts.variants(schema) for name in variant["properties"]}
    unknown = [f"property {name} should not exist" for name in body if name not in known]
    return [*unknown, f"{union['propertyName']} {_one_of(sorted(union['mapping']))}"]


def check_query(facts: Facts, operation: Operation, given: Mapping[str, Sequence[str]]) -> Any:
    """Return the query with each value in its declared type, or refuse with 400."""
    values: dict[str, Any] = {}
    messages: list[str] = []
    for name, texts in given.items():
        schema = operation.query.get(name)
        if schema is None:
            messages.append(f"property {name} should not exist")
            continue
        value = _typed(facts.resolve(schema), texts)
        for finding in check_value(facts, schema, value, (name,)):
            messages += _sentences(finding)
        if schema.get("format") == "date-time" and to_moment(value) is None:
            messages.append(f"{name} must be a valid ISO 8601 date string")
        values[name] = value
    if messages:
        raise bad_request(messages)
    return values


def _typed(schema: Schema, texts: Sequence[str]) -> Any:
    kind = schema.get("type")
    text = texts[-1]
    if kind == "array":
        return [part for item in texts for part in item.split(",")]
    if kind in ("number", "integer"):
        return _number(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _is_forgiven(facts: Facts, finding: Violation) -> bool:
    path = finding.path
    if finding.rule == "unknown":
        # What live Vapi takes though its document lacks it; moved.yaml has the sources.
        return facts.moved.takes(str(path[-1]), finding.expected)
    if finding.rule == "type" and path and isinstance(path[-1], str):
        # A null is an absent property. And what filters and conditions compare with has the type
        # of what they look at, which the document states too narrowly.
        return finding.value is None or path[-1] == "value"
    if finding.rule != "enum":
        return False
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    if name == "type" and str(finding.value) in UNDOCUMENTED_TOOLS:
        return True
    return len(path) > 1 and name not in _DECISIVE


def _sentences(finding: Violation) -> list[str]:
    names = [str(part) for part in finding.path]
    *parents, name = names or ["body"]
    prefix = ".".join(parents) + "." if parents else ""
    if finding.rule == "unknown":
        return [f"{prefix}property {name} should not exist"]
    if finding.rule == "required":
        return [f"{prefix}{name} should not be empty", f"{prefix}{name} {_expectation(finding)}"]
    if finding.rule == "enum":
        return [f"{prefix}{name} {_one_of(finding.expected)}"]
    if finding.rule == "limit":
        keyword, bound = finding.expected
        return [f"{prefix}{name} {_LIMITS[keyword].format(bound)}"]
    return [f"{prefix}{name} {_TYPES.get(finding.expected, f'must be {finding.expected}')}"]


def _expectation(finding: Violation) -> str:
    schema = finding.expected
    if schema.get("enum"):
        return _one_of(schema["enum"])
    return _TYPES.get(schema.get("type", ""), "must be an object")


def _one_of(allowed: Sequence[Any]) -> str:
    return "must be one of the following values: " + ", ".join(map(str, allowed))
