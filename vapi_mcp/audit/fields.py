"""The description of a field of the audit log, from which its column, filter and docs follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

# `within` takes two ends that both count; `before` leaves its own moment out.
Test: TypeAlias = Literal["equal", "any_id", "within", "from", "before"]
Kept: TypeAlias = Literal["plain", "hashed", "redacted"]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of `vapi-mcp log`; place: its place in the help, from 1."""

    place: int
    flag: str
    help: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A test of a field that a search can ask for.

    test: `equal` and `any_id` are of text or of a choice of words, `within` of an HTTP status,
    `from` and `before` of a moment. name: in `LogFilter`, where it is not the field's. parameter:
    in a query string, where it is not the field's wire name. among: of `any_id`, the field with
    further ids.
    """

    description: str | None = None
    test: Test = "equal"
    name: str | None = None
    parameter: str | None = None
    among: str | None = None
    option: Option | None = None


class Logged:
    """Metadata of a field of the log.

    wire: its name in JSON, where it is not the field's. description: what the admin API says of
    it. note: what docs/log.md says instead, where that is too little. kept: `hashed` is a SHA-256,
    `redacted` has stars for secrets. column: its place in the table of `vapi-mcp log list`, from
    1. revision: the migration that made its column.
    """

    def __init__(
        self,
        *filters: Filter,
        wire: str | None = None,
        description: str | None = None,
        note: str | None = None,
        kept: Kept = "plain",
        column: int | None = None,
        revision: str = "0002",
    ) -> None:
        self.filters = filters
        self.wire = wire
        self.description = description
        self.note = note
        self.kept = kept
        self.column = column
        self.revision = revision


@dataclass(frozen=True, slots=True, kw_only=True)
class LogField:
    """A field of the log; annotation: its type as written, kind: the type of a value."""

    name: str
    wire: str
    annotation: Any
    kind: Any
    is_optional: bool
    logged: Logged

    @property
    def is_json(self) -> bool:
        """Whether it holds a list or an object."""
        return get_origin(self.kind) in (tuple, Mapping)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A filter together with its field, under its names."""

    name: str
    wire: str
    field: LogField
    filter: Filter

    def holds(self, record: Any, asked: Any) -> bool:
        """Return whether a record passes the test with the value that is asked for."""
        found = getattr(record, self.field.name)
        match self.filter.test:
            case "equal":
                return found == asked
            case "any_id":
                return asked in (found, *(getattr(record, self.filter.among or "") or ()))
            case "within":
                return asked[0] <= found <= asked[1]
            case "from":
                return asked <= found
            case "before":
                return found < asked


def fields_of(record: type[Any]) -> tuple[LogField, ...]:
    """Return the fields of a dataclass whose annotations hold `Logged`, in their order."""
    hints = get_type_hints(record, include_extras=True)
    return tuple(_field(each.name, hints[each.name]) for each in fields(record))


def _field(name: str, hint: Any) -> LogField:
    annotation, logged = get_args(hint)
    kinds = get_args(annotation) if NoneType in get_args(annotation) else (annotation,)
    return LogField(
        name=name,
        wire=logged.wire or name,
        annotation=annotation,
        kind=kinds[0],
        is_optional=NoneType in kinds,
        logged=logged,
    )


def parameters_of(table: Iterable[LogField]) -> tuple[Parameter, ...]:
    """Return the filters of a table as a query string has them: by test, the oldest first."""
    found = [
        Parameter(
            name=one.name or each.name, wire=one.parameter or each.wire, field=each, filter=one
        )
        for each in table
        for one in each.logged.filters
    ]
    order = get_args(Test)
    return tuple(sorted(found, key=lambda p: (order.index(p.filter.test), p.field.logged.revision)))
