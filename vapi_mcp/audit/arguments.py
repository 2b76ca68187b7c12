"""The redacted arguments of a call: their shape and harmless values, without secrets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import orjson

from vapi_mcp.security.redaction import STARS, concealed, is_harmless, kind_of, without_digits

_LONGEST_NAME = 60
_LONGEST_TEXT = 200
_DEEPEST = 8
_MOST_ITEMS = 30
# What texts and names may have together; with the last one and what was left out, 4 kB.
_MOST_BYTES = 2800
_LARGEST_NUMBER = 2**63
# Of so many small arguments none has to be left out.
_FEW = 8
# What a text of JSON may begin with, or none at all.
_NOT_PLAIN = ("", "{", "[", " ", "\t", "\n", "\r")
_LONGEST_JSON = 64 * 1024
# What says, in a list of pairs, how each value is called.
_LABELS = ("name", "key", "header")


def redact(arguments: Mapping[str, Any], secrets: Collection[str] = ()) -> dict[str, Any]:
    """Return arguments as they may be logged, of at most 4 kB as JSON.

    Values under names that say secret, and those of headers, become stars, and so do tokens, keys
    and the given secrets within texts. Phone numbers keep their country code and last two digits.
    What is too long, too deep or too much is left out, and that it was is said.
    """
    if all(_is_plain(*each, secrets) for each in arguments.items()) and len(arguments) <= _FEW:
        return dict(arguments)
    return _Redaction(secrets).mapping(arguments, depth=0, starred=False)


def _is_plain(name: Any, value: Any, secrets: Collection[str]) -> bool:
    """Return whether an argument stays as it is, for a reason that is seen at once."""
    if not (
        type(name) is str and _is_plain_name(name) and is_harmless(name, _LONGEST_NAME, secrets)
    ):
        return False
    if type(value) is str:
        return value[:1] not in _NOT_PLAIN and is_harmless(value, _LONGEST_TEXT, secrets)
    return value is None or type(value) is bool or (type(value) is int and abs(value) < 2**63)


@lru_cache(maxsize=1024)
def _is_plain_name(name: str) -> bool:
    kind = kind_of(name)
    return not (kind.secret or kind.phone or kind.headers) and name not in ("value", "key")


class _Redaction:
    """One pass over arguments, with what it may still spend."""

    def __init__(self, secrets: Collection[str]) -> None:
        self._secrets = secrets
        self._left = _MOST_BYTES

    def mapping(self, given: Mapping[Any, Any], *, depth: int, starred: bool) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name in list(given)[:_MOST_ITEMS]:
            if self._left <= 0:
                break
            label = self._spent(concealed(str(name), _LONGEST_NAME, self._secrets))
            if is_secret(str(name), given):
                kept[label] = self._spent(STARS)
            else:
                hidden = kind_of(str(name)).headers or (starred and name not in _LABELS)
                kept[label] = self._value(str(name), given[name], depth=depth + 1, starred=hidden)
        if len(kept) < len(given):
            kept["…"] = f"{len(given) - len(kept)} more"
        return kept

    def _items(self, name: str, given: list[Any], *, depth: int, starred: bool) -> list[Any]:
        kept: list[Any] = []
        for item in given[:_MOST_ITEMS]:
            if self._left <= 0:
                break
            kept.append(self._value(name, item, depth=depth + 1, starred=starred))
        if len(kept) < len(given):
            kept.append(f"… {len(given) - len(kept)} more")
        return kept

    def _value(self, name: str, value: Any, *, depth: int, starred: bool) -> Any:
        value = _unfolded(value)
        if isinstance(value, Mapping | list | tuple) and depth > _DEEPEST:
            return self._spent("…")
        if isinstance(value, Mapping):
            return self.mapping(value, depth=depth, starred=starred)
        if isinstance(value, list | tuple):
            return self._items(name, list(value), depth=depth, starred=starred)
        return self._spent(STARS if starred and value is not None else self._scalar(name, value))

    def _scalar(self, name: str, value: Any) -> Any:
        if value is None or isinstance(value, bool):
            return value
        is_phone = kind_of(name).phone
        if isinstance(value, int | float) and abs(value) < _LARGEST_NUMBER and not is_phone:
            return value
        text = concealed(str(value), _LONGEST_TEXT, self._secrets)
        return without_digits(text) if is_phone else text

    def _spent(self, value: Any) -> Any:
        self._left -= len(orjson.dumps(value)) + 2
        return value


def _unfolded(value: Any) -> Any:
    """Return what a text holds that is JSON: callers may send objects and lists like that."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    if len(value) > _LONGEST_JSON:
        return f"… ({len(value):,} characters)"
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def is_secret(name: str, given: Mapping[Any, Any]) -> bool:
    """Return whether what stands under a name of an object is a secret."""
    if name == "value":
        return any(kind_of(str(given.get(label, ""))).secret for label in _LABELS)
    if name == "key" and "value" in given:
        return False
    kind = kind_of(name)
    return kind.secret and not (kind.count and isinstance(given.get(name), int | float))
