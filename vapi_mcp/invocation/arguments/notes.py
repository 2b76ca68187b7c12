"""Notes on what is sent: one a kind, and what matters most comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from vapi_mcp.invocation.arguments.renamed import nearest
from vapi_mcp.json_paths import Path, format_place
from vapi_mcp.specs.facts.validation import Violation
from vapi_mcp.specs.nearness import near_names

_LANGUAGES = frozenset({"language", "languages", "languageCode", "languageCodes"})
_MOST_PLACES = 8
_LONGEST_PLACE = 120
# So many allowed values are named all, and a few of more.
_MOST_VALUES, _FEW_VALUES = 20, 12
_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
}


class UrgentNote(str):
    """A note that stands before ordinary ones."""

    __slots__ = ()


class UntrustedNote(UrgentNote):
    """A note that marks text of outsiders: the first of an answer's notes."""

    __slots__ = ()


class Repaired(UrgentNote):
    """A note on a number that was sent otherwise than it was written."""

    __slots__ = ()


class WarningNote(UrgentNote):
    """A note on what would go wrong, so that previews have it, too."""

    __slots__ = ()


class RiskNote(WarningNote):
    """A warning of what cannot be undone: the write waits until it is understood."""

    __slots__ = ()


class LanguageNote(RiskNote):
    """The risk of a language that its provider does not document; path: where it stands."""

    path: Path

    @classmethod
    def at(cls, path: Path, text: str) -> LanguageNote:
        """Return the note on a language at a path."""
        note = cls(text)
        note.path = path
        return note


class ChangeNote(str):
    """A note on what an update changes, which its answer says better."""

    __slots__ = ()


class PairsNote(UrgentNote):
    """A note on metadata that stays as the server keeps it, whatever an update says."""

    __slots__ = ()


class DanglingNote(UrgentNote):
    """A note on a name that leads nowhere."""

    __slots__ = ()


# The order of an answer's notes; all others follow.
_ORDER = (UntrustedNote, Repaired, DanglingNote, UrgentNote)


def by_weight(notes: Iterable[str]) -> tuple[str, ...]:
    """Return notes with the urgent ones first, by their kind, otherwise in their order."""
    return tuple(sorted(notes, key=_weight))


def _weight(note: str) -> int:
    return next((at for at, kind in enumerate(_ORDER) if isinstance(note, kind)), len(_ORDER))


def listed(names: Iterable[str]) -> str:
    """Return names as people list them: `a, b and c`, or the first few and how many more."""
    known = list(names)
    return _listed(_Places(known[:_MOST_PLACES], len(known)))


def _listed(places: _Places) -> str:
    shown = [name[:_LONGEST_PLACE] for name in places.told]
    if more := places.count - len(shown):
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


class Objections:
    """What Vapi may object to, by kind and words; each kind becomes one note."""

    def __init__(self) -> None:
        self._kinds: dict[str, dict[str, _Places]] = {}
        self._counts = Counter[str]()

    def add(self, kind: str, place: str | Path, problem: str) -> None:
        """Keep a place and what is wrong there, in words that follow the name of the place."""
        self._counts[kind] += 1
        problems = self._kinds.setdefault(kind, {})
        if problem not in problems:
            problems[problem] = _Places()
        problems[problem].add(place)

    def is_full(self, kind: str) -> bool:
        """Return whether a kind has so many places that advice on one more would not be shown."""
        return self._counts[kind] >= _MOST_PLACES

    def notes(self) -> list[str]:
        """Return one note for each kind."""
        return [_told(problems) for problems in self._kinds.values()]


@dataclass(slots=True)
class _Places:
    """The places with the same problem; only those that are told have names."""

    told: list[str] = field(default_factory=list[str])
    count: int = 0

    def add(self, place: str | Path) -> None:
        self.count += 1
        if len(self.told) < _MOST_PLACES:
            self.told.append(place if isinstance(place, str) else format_place(place))


def _told(problems: dict[str, _Places]) -> str:
    few = list(problems.items())[:_MOST_PLACES]
    told = "; ".join(f"{_listed(places)} {_agreeing(text, places)}" for text, places in few)
    count = sum(places.count for places in problems.values())
    if more := count - sum(places.count for _, places in few):
        told += f"; and {more} more"
    return f"{told}; sent as {'it is' if count == 1 else 'they are'}"


def _agreeing(problem: str, places: _Places) -> str:
    if places.count == 1 or not problem.startswith("is "):
        return problem
    plural = f"are {problem[3:]}"
    return f"{plural[:-2]}them" if plural.endswith(" requires it") else plural


def objection(finding: Violation, *, is_brief: bool = False) -> str:
    """Return what is wrong and what would be right, after the name of the place.

    is_brief: leave out what was probably meant, which takes long to find.
    """
    match finding.rule:
        case "unknown":
            advice = "" if is_brief else nearest(str(finding.path[-1]), finding.expected)
            return f"is not documented{advice}"
        case "required":
            return "is missing, and Vapi requires it"
        case "type":
            return _wrong_type(finding)
        case "enum":
            return f"{quoted(finding.value)} is not among the documented {_allowed(finding)}"
        case "limit":
            keyword, bound = finding.expected
            return f"must be {_BOUNDS[keyword].format(bound)}"


def language_risk(finding: Violation) -> LanguageNote | None:
    """Return the warning of a language that a provider does not document, its nearest ones first.

    A speech provider refuses it only when the call has begun.
    """
    is_language = any(str(step) in _LANGUAGES for step in finding.path[-2:])
    if finding.rule != "enum" or not is_language or not isinstance(finding.value, str):
        return None
    family = finding.value[:2].lower()
    near = sorted(finding.expected, key=lambda each: not str(each).lower().startswith(family))
    advice = objection(replace(finding, expected=near))
    text = f"{finding.place} {advice}; calls would fail or not be understood."
    return LanguageNote.at(finding.path, text)


def _allowed(finding: Violation) -> str:
    """Return the values that are documented; of very many, those that come near and a few."""
    values = [str(value) for value in finding.expected]
    if len(values) <= _MOST_VALUES:
        return ", ".join(values)
    near = near_names(finding.value, values) if isinstance(finding.value, str) else []
    few = list(dict.fromkeys([*near, *values[:_FEW_VALUES]]))
    return f"{', '.join(few)} and {len(values) - len(few)} more"


def _wrong_type(finding: Violation) -> str:
    if _is_function(finding):
        return (
            "belongs in function.parameters, with its name in function.name and what it is for in "
            "function.description"
        )
    if finding.value is None:
        return "must not be null"
    return f"must be {finding.expected}, not {_described(finding.value)}"


def _is_function(finding: Violation) -> bool:
    """Return whether a tool's `parameters`, a list of its own, were given as a function's."""
    is_object = isinstance(finding.value, dict) and finding.expected == "array"
    return is_object and bool(finding.path) and finding.path[-1] == "parameters"


def quoted(value: Any) -> str:
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
