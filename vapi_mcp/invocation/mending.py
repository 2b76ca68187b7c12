"""What stands in an answer for what no strict reader takes, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, Literal, TypeAlias

from vapi_mcp.invocation.answers.paths import shown_path
from vapi_mcp.invocation.arguments.notes import listed
from vapi_mcp.json_paths import TextPath, parse_keys, without_positions

Kind: TypeAlias = Literal["number", "text", "depth"]
Places: TypeAlias = Mapping[Kind, Sequence[TextPath]]

# What goes out may have 254 levels, and what walks through it takes some of Python's stack.
DEEPEST = 100
TOO_DEEP = {"_omitted": {"reason": f"nested more than {DEEPEST} levels deep", "read": None}}

_WORDS: Mapping[Kind, str] = {
    "number": "null stands for numbers that no reader takes (NaN, infinite or too large) in: {}.",
    "text": "U+FFFD stands for what is not Unicode in: {}.",
    "depth": f"Left out as nested more than {DEEPEST} levels deep: {{}}; it cannot be read.",
}
# A path of a hundred levels says no more than its beginning.
_MOST_SEGMENTS = 6


class Mending:
    """Makes values that can go on, and remembers the places of what had to be replaced."""

    def __init__(self, *, is_unicode: bool = True) -> None:
        """Begin with nothing replaced; is_unicode: U+FFFD in a text stood there before."""
        self._is_unicode = is_unicode
        self._places: dict[Kind, list[TextPath]] = {}

    @property
    def places(self) -> Places:
        """Where something was replaced, by its kind."""
        return self._places

    def mended(self, value: Any, path: TextPath = ()) -> Any:
        """Return a value without halves of surrogate pairs and without numbers that are none."""
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, list):
            return [self.mended(item, (*path, str(at))) for at, item in enumerate(value)]
        if isinstance(value, dict):
            return self._object(value, path)
        if isinstance(value, float) and not isfinite(value):
            return self._replaced("number", path, None)
        return value

    def _object(self, found: Mapping[str, Any], path: TextPath) -> dict[str, Any]:
        if len(path) == DEEPEST and found == TOO_DEEP:
            return self._replaced("depth", path, found)
        whole: dict[str, Any] = {}
        for name, child in found.items():
            known = self._text(name, path)
            whole[known] = self.mended(child, (*path, known))
        return whole

    def _text(self, text: str, path: TextPath) -> str:
        if text.isascii():
            return text
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if (whole != text and "\ufffd" in whole) or (not self._is_unicode and "\ufffd" in text):
            return self._replaced("text", path, whole)
        return whole

    def _replaced(self, kind: Kind, path: TextPath, stand_in: Any) -> Any:
        self._places.setdefault(kind, []).append(path)
        return stand_in


def mending_notes(
    places: Places, untrusted: Sequence[str], wanted: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return one note a kind on what was replaced.

    untrusted: below these no key is quoted. wanted: dotted paths besides which nothing was asked.
    """
    told: list[str] = []
    for kind, words in _WORDS.items():
        near = [path for path in places.get(kind, ()) if _is_wanted(path, wanted)]
        if near:
            told.append(words.format(listed(_shown(near, untrusted))))
    return tuple(told)


def _shown(paths: Iterable[TextPath], untrusted: Sequence[str]) -> list[str]:
    shown = [shown_path(path[:_MOST_SEGMENTS], untrusted) for path in paths]
    return list(dict.fromkeys(each or "the answer itself" for each in shown))


def _is_wanted(path: TextPath, wanted: Sequence[str]) -> bool:
    if not wanted or "*" in wanted:
        return True
    keys = without_positions(path)
    asked = [without_positions(parse_keys(each)) for each in wanted]
    return any(names[: len(keys)] == keys[: len(names)] for names in asked)
