"""The variables that a template in Liquid needs a value for."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Bounded, so that no text is gone through more than once.
_RAW = re.compile(r"{%-?\s*(raw|comment)\s*-?%}.{0,2000}?{%-?\s*end\1\s*-?%}", re.DOTALL)
_OUTPUT = re.compile(r"{{-?([^{}]{1,500}?)-?}}")
_TAG = re.compile(r"{%-?\s*(\w{1,20})([^{}]{0,500}?)-?%}")
_TEXT = re.compile(r"\"[^\"]*\"|'[^']*'")
_NAME = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*")
_BUILT_IN = frozenset(
    {"now", "date", "time", "month", "day", "year", "timezone", "customer", "transport"}
    | {"call", "phoneNumber", "assistant", "squad", "transcript", "messages"}
)
_WORDS = frozenset({"true", "false", "nil", "null", "blank", "empty", "and", "or", "contains"})
_CONDITIONS = frozenset({"if", "elsif", "unless", "case", "when"})
_MAKERS = frozenset({"assign", "capture", "for", "tablerow", "increment", "decrement"})
_MOST = 50


def variables_in(template: str) -> frozenset[str]:
    """Return the dotted names that a template shows and has no other text for.

    Not those with a default, those it sets or asks about itself, and those that Vapi sets.
    """
    if "{{" not in template:
        return frozenset()
    text = _RAW.sub("", template)
    known = _known_by_tags(text) | _BUILT_IN
    shown = (name for found in _OUTPUT.finditer(text) if (name := _needed(found[1])))
    return frozenset(list(unknown(shown, known))[:_MOST])


def unknown(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the names of which neither they nor what they begin with is known."""
    found = frozenset(known)
    return [each for each in dict.fromkeys(names) if not _beginnings(each) & found]


def _beginnings(name: str) -> set[str]:
    steps = name.split(".")
    return {".".join(steps[:count]) for count in range(1, len(steps) + 1)}


def _needed(output: str) -> str | None:
    value, *filters = _TEXT.sub('""', output).split("|")
    if any(each.strip().startswith("default") for each in filters):
        return None
    found = _NAME.match(value.strip())
    return found[0] if found and found[0] not in _WORDS else None


def _known_by_tags(text: str) -> set[str]:
    known = set[str]()
    for tag in _TAG.finditer(text):
        names = _NAME.findall(_TEXT.sub("", tag[2]))
        if tag[1] in _CONDITIONS:
            known.update(names)
        elif tag[1] in _MAKERS:
            known.update([*names[:1], "forloop"])
    return known
