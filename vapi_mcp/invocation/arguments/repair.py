"""Values that are right but for their type: JSON in a string, numbers and booleans as text."""

from __future__ import annotations

from typing import Any

import orjson

from vapi_mcp.registry.json_size import excess_of

_WORDS = {"true": True, "false": False}


def kinds_of(variants: list[Any]) -> frozenset[str]:
    """Return the JSON types a union allows."""
    return frozenset(str(variant["type"]) for variant in variants if variant.get("type"))


def repaired(value: Any, kinds: frozenset[str], *, items_are_text: bool = False) -> Any:
    """Return the value in one of the allowed types, or unchanged when there is no safe reading.

    Where both text and an array are allowed, text that holds an array of objects becomes one:
    some clients send every nested argument as a string. Where an array of texts belongs, plain
    text is read as a comma-separated list.
    """
    if isinstance(value, float) and "integer" in kinds and "number" not in kinds:
        return int(value) if value.is_integer() else value
    if isinstance(value, int) and not isinstance(value, bool) and kinds == frozenset({"string"}):
        return str(value)
    if not isinstance(value, str):
        return value
    if "string" in kinds:
        return _messages_in(value) if "array" in kinds else value
    return _from_text(value, kinds, items_are_text=items_are_text)


def _messages_in(text: str) -> Any:
    parsed = _json(text) if text.lstrip().startswith("[") else None
    is_messages = isinstance(parsed, list) and parsed and all(isinstance(m, dict) for m in parsed)
    return parsed if is_messages else text


def _from_text(text: str, kinds: frozenset[str], *, items_are_text: bool) -> Any:
    stripped = text.strip()
    if "boolean" in kinds and stripped.lower() in _WORDS:
        return _WORDS[stripped.lower()]
    parsed = _json(stripped)
    if _fits(parsed, kinds):
        return repaired(parsed, kinds)
    if "array" in kinds and items_are_text and stripped:
        return [part.strip() for part in stripped.split(",") if part.strip()]
    return text


def _fits(parsed: Any, kinds: frozenset[str]) -> bool:
    if isinstance(parsed, bool):
        return False
    if isinstance(parsed, int | float):
        return bool(kinds & {"number", "integer"})
    named = {dict: "object", list: "array"}.get(type(parsed))
    return named in kinds


def _json(text: str) -> Any:
    if excess_of(text.encode(errors="replace")):
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
