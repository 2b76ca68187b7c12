"""Names the API had once, and where they are now: `moved.yaml`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vapi_mcp.errors import SpecError
from vapi_mcp.json_paths import below, parse_keys
from vapi_mcp.specs.documents import read_document

_FILE = "moved.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MovedProperty(_Strict):
    """A property that is elsewhere now, or nowhere; `words` say what takes its place, or how.

    beside: the property by which objects are known that had it. refused: why it is not passed on,
    where Vapi ignores it or a call would go out without it.
    """

    was: str
    now: str | None = None
    beside: str = ""
    words: str | None = None
    refused: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _first_step(cls, raw: dict[str, str]) -> dict[str, str]:
        return {"beside": parse_keys(raw.get("now", ""))[0], **raw}

    @model_validator(mode="after")
    def _says_something(self) -> MovedProperty:
        if not self.beside or not (self.now or self.words):
            raise ValueError("an entry needs `now`, or `beside` and `words`")
        return self

    def told(self, parent: str = "") -> str:
        """Say where it is now, after the name of the place; `parent` is the object it was in."""
        why = f" ({self.refused})" if self.refused else ""
        if self.now is None:
            return f"is an older name: {self.words}{why}"
        place = below(parent, self.now)
        return f"is now {place}" + (f", {self.words}" if self.words else "") + why


class Taken(_Strict):
    """Properties that Vapi takes though its document lacks them, and how that is known.

    beside: the property by which the objects are known that have them. noted: whether a note says
    that they are not documented; it does not where everyone writes them.
    """

    names: frozenset[str] = Field(min_length=1)
    beside: str
    noted: bool = True
    source: str = Field(min_length=20)


class MovedResource(_Strict):
    """A kind of object without tools: what is said of it, and the tools that serve instead."""

    words: str
    tools: list[str] = Field(min_length=1)


class RenamedFields(_Strict):
    """All that moved. `stamps` are what Vapi sets itself and refuses to be told."""

    properties: list[MovedProperty] = []
    taken: list[Taken] = []
    stamps: frozenset[str] = frozenset()
    resources: dict[str, MovedResource] = {}

    def property(self, name: str, known: Collection[str]) -> MovedProperty | None:
        """Return where a property went that an object with the `known` ones had once."""
        found = (each for each in self._by_name.get(name, ()) if each.beside in known)
        return next(found, None)

    @cached_property
    def _by_name(self) -> Mapping[str, list[MovedProperty]]:
        found: dict[str, list[MovedProperty]] = {}
        for each in self.properties:
            found.setdefault(each.was, []).append(each)
        return found

    def takes(self, name: str, known: Collection[str]) -> bool:
        """Return whether an object with the `known` properties takes an undocumented one."""
        return any(name in each.names and each.beside in known for each in self.taken)

    def is_usual(self, name: str, known: Collection[str]) -> bool:
        """Return whether an undocumented property needs no note on such an object."""
        beside = [each.beside for each in self.taken if name in each.names and not each.noted]
        return bool(beside) and any(place in known for place in beside)

    def resource(self, tool_name: str) -> MovedResource | None:
        """Return what is known of the resource that a tool of this name would be about."""
        found = (each for word, each in self.resources.items() if f"_{word}" in tool_name)
        return next(found, None)


def load_renamed_fields(folder: Path) -> RenamedFields:
    """Read `moved.yaml` of the folder.

    Raises:
        SpecError: The file breaks the form.
    """
    try:
        return RenamedFields.model_validate(read_document(folder / _FILE))
    except ValidationError as error:
        raise SpecError(f"{_FILE}: {error}") from error
