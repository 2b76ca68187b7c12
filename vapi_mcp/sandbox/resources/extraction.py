"""The values of structured outputs, drawn from a call: by its regex, or by its schema."""

from __future__ import annotations

import random
import re
from typing import Any

from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import to_moment
from vapi_mcp.sandbox.state.sandbox import Sandbox
from vapi_mcp.sandbox.state.seeded_random import chance

_LITERAL = re.compile(r"/(.*)/([a-z]*)", re.DOTALL)
_FORMATS = {
    "date-time": "2026-11-26T14:00:00.000Z",
    "date": "2026-11-26",
    "time": "14:00:00Z",
    "duration": "PT2M",
    "email": "customer@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "00000000-0000-4000-8000-00000000c0de",
}
_PLACES = 4


def extract_all(sandbox: Sandbox, call: JsonObject, assistant: JsonObject) -> JsonObject:
    """Return `structuredOutputs` and `skippedStructuredOutputs` of a call that has just ended."""
    plan = {**(assistant.get("artifactPlan") or {}), **(call.get("artifactPlan") or {})}
    wanted = [
        sandbox.find("structured-output", id_) for id_ in plan.get("structuredOutputIds") or ()
    ]
    linked = (
        output
        for output in sandbox.all("structured-output")
        if call.get("assistantId") in (output.get("assistantIds") or ())
    )
    outputs = {output["id"]: output for output in (*wanted, *linked) if output}
    results: JsonObject = {}
    skipped: JsonObject = {}
    for output_id, output in outputs.items():
        unmet = unmet_condition(output, call)
        if unmet:
            skipped[output_id] = {"name": output["name"], "unmetCondition": unmet}
        else:
            results[output_id] = {"name": output["name"], "result": extract(output, call)}
    found: JsonObject = {"structuredOutputs": results} if outputs else {}
    return {**found, "skippedStructuredOutputs": skipped} if skipped else found


def unmet_condition(output: JsonObject, call: JsonObject) -> JsonObject | None:
    """Return the first condition that keeps an output from running on a call."""
    for condition in output.get("conditions") or ():
        if not _is_met(condition, call):
            return condition
    return None


def extract(output: JsonObject, call: JsonObject) -> Any:
    """Return the value of an output for a call; the same call gives the same value."""
    if output.get("type") == "regex":
        transcript = (call.get("artifact") or {}).get("transcript") or ""
        return _by_regex(output["regex"], output["schema"].get("type"), transcript)
    return _by_schema(output["schema"], call, chance(call["id"], output["name"]))


def _is_met(condition: JsonObject, call: JsonObject) -> bool:
    match condition["type"]:
        case "minMessages":
            spoken = [m for m in call.get("messages") or () if m.get("role") in ("user", "bot")]
            return len(spoken) >= condition["count"]
        case "minCallDuration":
            start, end = to_moment(call.get("startedAt")), to_moment(call.get("endedAt"))
            lasted = (end - start).total_seconds() if start and end else 0
            return lasted >= condition["seconds"]
        case _:
            is_among = call.get("endedReason") in condition["values"]
            return is_among == (condition["operator"] == "oneOf")


def _by_regex(pattern: str, kind: str | None, text: str) -> Any:
    literal = _LITERAL.fullmatch(pattern)
    flags = re.IGNORECASE if literal and "i" in literal[2] else re.NOFLAG
    found = list(re.finditer(literal[1] if literal else pattern, text, flags))
    texts = [match[1] if match.re.groups else match[0] for match in found]
    if kind == "boolean":
        return bool(texts)
    if kind == "array":
        return texts
    if not texts:
        return None
    return _as_number(texts[0]) if kind in ("number", "integer") else texts[0]


def _as_number(text: str) -> float | None:
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        return None
    return int(number) if number.is_integer() else number


def _by_schema(schema: JsonObject, call: JsonObject, draw: random.Random) -> Any:
    if schema.get("enum"):
        return draw.choice(schema["enum"])
    kind = schema.get("type")
    if kind == "boolean":
        return (call.get("analysis") or {}).get("successEvaluation") == "true"
    if kind in ("number", "integer"):
        return _number(schema, kind, draw)
    if kind == "array":
        items = schema.get("items") or {"type": "string"}
        return [_by_schema(items, call, draw) for _ in range(draw.randint(1, 2))]
    if kind == "object":
        properties: dict[str, JsonObject] = schema.get("properties") or {}
        return {name: _by_schema(part or {}, call, draw) for name, part in properties.items()}
    summary = (call.get("analysis") or {}).get("summary") or "Nothing was said about this."
    return _FORMATS.get(schema.get("format", ""), summary)


def _number(schema: JsonObject, kind: str, draw: random.Random) -> float:
    low, high = schema.get("minimum", 1), schema.get("maximum", 10)
    high = max(low, high)
    whole = kind == "integer" or float(high - low).is_integer()
    return draw.randint(int(low), int(high)) if whole else round(draw.uniform(low, high), _PLACES)
