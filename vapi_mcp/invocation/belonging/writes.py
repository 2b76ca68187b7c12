"""What is sent to Vapi for one client: with its tags, and with references to its objects alone."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast

import orjson

from vapi_mcp.invocation.belonging.analytics import grouped, own_rows
from vapi_mcp.invocation.belonging.kinds import REFERENCES, SCOPED, TAGGED
from vapi_mcp.invocation.belonging.objects import Objects
from vapi_mcp.invocation.belonging.operations import Asked
from vapi_mcp.invocation.belonging.ports import Reference
from vapi_mcp.invocation.belonging.references import pairs_in, place_of, references_in, unknown_name
from vapi_mcp.invocation.belonging.responses import refusal, unknown_reference, value_of
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse

# Each refusal, and what to do next.
_UNKEPT = (
    "This server sees some assistants only, so it counts calls alone.",
    "Give each query the table call and a list in groupBy.",
)
_SHARED = (
    "Others use this object as well, so this server only reads it.",
    "Create another one for this server's objects.",
)
_NO_OBJECT = ("The body is no JSON object.", "Send one.")
_UNKNOWN_NAME = "there is no object with this name."
_NAMES_HERE = "Use a name that a list of this server shows, or one that the same body defines."
_MOVED = (
    "After this update the object would not belong to this server any more.",
    "Leave the assistants, squads and numbers that it refers to.",
)


class KeptWrites:
    """One request that changes something, or sends a body."""

    def __init__(self, asked: Asked, request: UpstreamRequest, objects: Objects) -> None:
        self._asked = asked
        self._request = request
        self._objects = objects
        self._body = _body_of(request)
        self._current: dict[str, Any] | None = None
        self._is_analytics = asked.tool.spec.only == "filter"

    @property
    def says_whose(self) -> bool:
        """Whether the body names an assistant, squad or number, so that what it makes does."""
        return any(kind in SCOPED for kind, _ in pairs_in(self._body))

    async def refusal(self) -> UpstreamResponse | None:
        """Return the answer to a request that must not be sent; None where it may be."""
        if (refused := await self._refused_body()) is not None:
            return refused
        if self._asked.owner is None:
            return await self._foreign(set())
        found = await self._objects.current(self._asked.kind, self._asked.owner)
        if isinstance(found, UpstreamResponse):
            return found
        self._current = found
        return await self._refused_change(found)

    async def _refused_body(self) -> UpstreamResponse | None:
        if self._is_analytics and grouped(self._body) is None:
            return refusal(HTTPStatus.BAD_REQUEST, *_UNKEPT)
        if self._request.body is not None and not isinstance(self._body, dict):
            return refusal(HTTPStatus.BAD_REQUEST, *_NO_OBJECT)
        for place, reference in self._several():
            if not await self._objects.has(reference):
                return unknown_reference(place, reference[1])
        return None

    async def _refused_change(self, current: dict[str, Any]) -> UpstreamResponse | None:
        """Return the answer to a change that must not be made of an object that belongs.

        What the object refers to already may stay.
        """
        kind, estate = self._asked.kind, self._objects.estate
        if estate.is_shared(kind, current) and self._asked.tool.spec.effect != "read":
            return refusal(HTTPStatus.FORBIDDEN, *_SHARED)
        if (refused := await self._foreign(pairs_in(estate.shown(kind, current)))) is not None:
            return refused
        is_update = self._asked.tool.spec.only == "object" and self._request.method == "PATCH"
        changed = {**current, **self._tagged()}
        if is_update and not estate.after(kind, changed).belongs(kind, changed):
            return refusal(HTTPStatus.CONFLICT, *_MOVED)
        return None

    def sent(self) -> UpstreamRequest:
        """Return the request as it is sent."""
        if self._request.body is None:
            return self._request
        body = grouped(self._body) if self._is_analytics else self._tagged()
        return replace(self._request, body=exact_json(body))

    def made(self, response: UpstreamResponse) -> frozenset[Reference]:
        """Return what a request made that does not show whose it is."""
        is_creation = self._request.method == "POST" and self._asked.owner is None
        if (
            not is_creation
            or self._asked.tool.spec.effect == "read"
            or response.status >= HTTPStatus.BAD_REQUEST
        ):
            return frozenset()
        kind, value = self._asked.kind, value_of(response)
        answer = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        listed = value if isinstance(value, list) else answer.get("results")
        found: list[Any] = [answer, *(listed if isinstance(listed, list) else ())]
        return frozenset(
            (kind, named)
            for each in found
            if isinstance(each, dict) and not self._objects.estate.belongs(kind, each)
            for named in _names(cast("dict[str, Any]", each), kind)
        )

    def shown(self, response: UpstreamResponse) -> UpstreamResponse:
        """Return what of an answer is shown."""
        if not self._is_analytics or response.status >= HTTPStatus.BAD_REQUEST:
            return response
        rows = own_rows(value_of(response), self._objects.estate)
        return replace(response, body=exact_json(rows))

    async def _foreign(self, kept: set[Reference]) -> UpstreamResponse | None:
        """Return the refusal of the first reference that does not belong, and is not kept."""
        for key, reference in references_in(self._body):
            if reference not in kept and not await self._objects.has(reference):
                place = place_of(self._body, reference) or key
                return unknown_reference(place, reference[1])
        known = self._objects.estate.names
        if (key := unknown_name(self._body, self._current, known)) is not None:
            return refusal(HTTPStatus.BAD_REQUEST, f"{key}: {_UNKNOWN_NAME}", _NAMES_HERE)
        return None

    def _several(self) -> list[tuple[str, Reference]]:
        """Return the objects that a body names by `ids`: of the kind of its path."""
        ids = self._body.get("ids") if isinstance(self._body, dict) else None
        names = cast("list[Any]", ids) if isinstance(ids, list) else []
        return [(f"ids[{at}]", (self._asked.kind, str(each))) for at, each in enumerate(names)]

    def _tagged(self) -> dict[str, Any]:
        """Return the body with the pairs of metadata that say whose the object is."""
        body, pairs = dict(self._body or {}), dict(self._objects.estate.tags)
        if not pairs or self._asked.kind not in TAGGED:
            return body
        if self._current is not None and "metadata" not in body:
            return body
        given = body.get("metadata")
        return {**body, "metadata": {**(given if isinstance(given, dict) else {}), **pairs}}


def _names(made: dict[str, Any], kind: str) -> set[str]:
    keys = ("id", *(key for key, of in REFERENCES.items() if of == kind))
    return {named for key in keys if isinstance(named := made.get(key), str)}


def _body_of(request: UpstreamRequest) -> Any:
    try:
        return orjson.loads(request.body) if request.body is not None else None
    except orjson.JSONDecodeError:
        return None
