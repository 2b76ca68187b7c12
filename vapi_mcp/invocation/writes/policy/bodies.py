"""The parts of a body that rules look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, cast

Object: TypeAlias = Mapping[str, Any]


def objects(value: Any) -> list[Object]:
    """Return the objects of a list, or the one that stands there."""
    many = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [cast("Object", each) for each in many if isinstance(each, Mapping)]


def dialling_parts(body: Object) -> list[Object]:
    """Return the parts of a body that may name the number that dials; the body comes first."""
    return [body, *objects(body.get("transport")), *objects(body.get("dialPlan") or [])]


def speaking_parts(body: Object) -> list[Object]:
    """Return the parts of a body that may name who speaks."""
    return [body, *objects(body.get("target"))]


def overrides_in(body: Object) -> Iterator[Object]:
    """Yield what changes an assistant for a call, of the body and of each customer."""
    for part in (*speaking_parts(body), *dialling_parts(body)[1:]):
        for holder in (part, *objects(part.get("customer")), *objects(part.get("customers"))):
            yield from objects(holder.get("assistantOverrides"))
            yield from objects(holder.get("squadOverrides"))
