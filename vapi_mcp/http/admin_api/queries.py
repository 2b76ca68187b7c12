"""The models of query strings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar
from urllib.parse import parse_qsl

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from vapi_mcp.admin.log_parameters import LogParameters
from vapi_mcp.admin.requests import RequestModel, Text
from vapi_mcp.admin.undo.change_parameters import ChangeParameters
from vapi_mcp.admin.validation_errors import Failure, failed, refused, validated

_MOST_PARAMETERS = 200
_MOST_LISTED = 100


def _number(value: Any) -> int:
    if isinstance(value, int):
        return value
    if re.fullmatch(r"[1-9][0-9]{0,2}", str(value), re.ASCII) and int(value) <= _MOST_LISTED:
        return int(value)
    raise ValueError(f"must be a number from 1 to {_MOST_LISTED}")


def _split(value: Any) -> list[str]:
    return [word.strip() for each in value for word in each.split(",") if word.strip()]


Limit: TypeAlias = Annotated[
    int,
    BeforeValidator(_number),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": _MOST_LISTED, "default": 25}),
]
Cursor: TypeAlias = Annotated[str, StringConstraints(max_length=2000)]
Filter: TypeAlias = Annotated[
    list[Text],
    BeforeValidator(_split),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "string", "maxLength": 255, "pattern": r"^[^\x00-\x1f\x7f]*$"},
        }
    ),
]


class Query(RequestModel):
    """A query string; what it does not know is refused, since a filter ignored shows too much."""

    # Parameters that may be repeated, or hold several words with commas.
    many: ClassVar[frozenset[str]] = frozenset()


class Paged(Query):
    """Which part of a list."""

    limit: Limit = Field(default=25, description="The most entries to return.")
    next_cursor: Cursor | None = Field(
        default=None, description="A next_cursor or prev_cursor of the same list."
    )
    prev_cursor: Cursor | None = Field(
        default=None, description="Another name for the same parameter."
    )

    @model_validator(mode="after")
    def _one_cursor(self) -> Paged:
        if self.next_cursor is not None and self.prev_cursor is not None:
            raise ValueError("give only one of next_cursor and prev_cursor")
        return self

    @property
    def cursor(self) -> str | None:
        """The cursor, by whichever name it was given: it says itself where it leads."""
        return self.prev_cursor if self.next_cursor is None else self.next_cursor

    @property
    def filters(self) -> dict[str, Any]:
        """What narrows the list, which the pages of one walk have in common."""
        paging = {"limit", "next_cursor", "prev_cursor"}
        return self.model_dump(mode="json", exclude=paging, exclude_none=True)


class LogQuery(LogParameters, Query):
    """Which entries of the log; what is absent does not matter."""


class LogListQuery(LogQuery, Paged):
    """Which entries of the log, and which part of their list."""


class ChangeListQuery(ChangeParameters, Paged):
    """Which changes, and which part of their list; what is absent does not matter."""


class Restoring(Query):
    """Whether a change is taken back whatever happened since."""

    force: Literal["true", "false"] = Field(
        default="false",
        description="true restores also if the object changed since, or was restored before.",
    )


class Rotation(Query):
    """What becomes of the media links of a server that is rotated."""

    keep_links: Literal["true", "false"] = Field(
        default="false", description="true keeps the server's media links valid until they expire."
    )


class ToolFilter(Query):
    """Which tools."""

    many: ClassVar[frozenset[str]] = frozenset({"methods", "tags"})

    methods: Filter = Field(
        default_factory=list, description="read, write, custom, or exact methods; any of them."
    )
    tags: Filter = Field(default_factory=list, description="Any of them.")
    has_description: Literal["true", "false"] | None = Field(
        default=None,
        description="Has no effect, since every tool has a description; Truto's scripts send it.",
    )


_Query = TypeVar("_Query", bound=Query)


def query_of(model: type[_Query], query_string: bytes) -> _Query:
    """Return what a query string says.

    Raises:
        AdminError: 400, with every finding.
    """
    return validated(model, _single(model, _pairs(query_string)))


def _pairs(query_string: bytes) -> Mapping[str, list[str]]:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        raise failed("", "the query string is not in UTF-8, or has too many parts") from None
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    return given


def _single(model: type[Query], given: Mapping[str, list[str]]) -> Mapping[str, Any]:
    known = model.model_fields.keys() - model.many
    repeated = [name for name, values in given.items() if name in known and len(values) > 1]
    if repeated:
        raise refused(Failure(path=name, message="must be given only once") for name in repeated)
    return {name: values if name in model.many else values[0] for name, values in given.items()}
