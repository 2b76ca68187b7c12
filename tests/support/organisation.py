"""A Vapi organisation in memory, which remembers what it was asked."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import orjson

from vapi_mcp.accounts.records import Account
from vapi_mcp.invocation.belonging.kinds import PATHS
from vapi_mcp.invocation.messages import ArtifactLink, Take, UpstreamRequest, UpstreamResponse
from vapi_mcp.rfc3339 import read_moment

_BASES = sorted([*PATHS.values(), "/v2/phone-number"], key=len, reverse=True)
_WINDOWS = frozenset({"/assistant", "/squad", "/phone-number", "/tool", "/call"})
_WHOLE = frozenset({"/file", "/v2/knowledge-base"})
_JSON = {"content-type": "application/json"}
_BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


class Organisation:
    """Objects by the path of their list; requests holds what was asked, `METHOD /path`."""

    def __init__(self, objects: Mapping[str, list[dict[str, Any]]]) -> None:
        self.objects: dict[str, dict[str, dict[str, Any]]] = {}
        self.requests: list[UpstreamRequest] = []
        self.analytics: list[dict[str, Any]] = []
        self.made = 0
        for base, found in objects.items():
            for each in found:
                self.add(base, each)

    @property
    def asked(self) -> list[str]:
        """What was asked, in a few words."""
        return [f"{each.method} {each.path}" for each in self.requests]

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        assert account.kept_to is None
        self.requests.append(request)
        if request.path == "/analytics":
            return _answer(201, self.analytics)
        base = next(each for each in _BASES if re.match(rf"{each}(/|$)", request.path))
        named = unquote(request.path[len(base) + 1 :]).partition("/")[0]
        body = orjson.loads(request.body) if request.body else {}
        kept = self.objects.setdefault(base, {})
        if not named and request.method == "POST":
            return _answer(201, self.add(base, {"id": f"new-{self.made + 1}", **body}))
        if not named:
            return _answer(200, self._listed(base, dict(request.query)))
        if named not in kept:
            return _answer(404, {"message": f"{named} does not exist", "statusCode": 404})
        if request.method == "PATCH":
            kept[named] = {**kept[named], **body}
        found = kept[named]
        if request.method == "DELETE":
            del kept[named]
        return _answer(200, found)

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        del take
        return await self.send(request, account)

    async def locate(
        self, request: UpstreamRequest, account: Account
    ) -> ArtifactLink | UpstreamResponse:
        response = await self.send(request, account)
        if response.status != 200:
            return response
        return ArtifactLink("https://storage.example/bytes.wav", "audio/wav", 10, None)

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[UpstreamResponse]:
        del headers
        yield await self.send(request, account)

    def add(self, base: str, given: dict[str, Any]) -> dict[str, Any]:
        self.made += 1
        moment = (_BEGAN + timedelta(hours=self.made)).isoformat().replace("+00:00", "Z")
        each = {"createdAt": moment, "updatedAt": moment, **given}
        self.objects.setdefault(base, {})[each["id"]] = each
        return each

    def _listed(self, base: str, query: dict[str, str]) -> Any:
        bases = ("/phone-number",) if base == "/v2/phone-number" else (base,)
        found = [each for one in bases for each in self.objects.get(one, {}).values()]
        found.sort(key=lambda each: each["createdAt"], reverse=True)
        before, limit = query.get("createdAtLt"), int(query.get("limit", "100"))
        if before is not None:
            end = read_moment(before)
            found = [each for each in found if read_moment(each["createdAt"]) < end]
        if (since := query.get("createdAtGe")) is not None:
            begin = read_moment(since)
            found = [each for each in found if read_moment(each["createdAt"]) >= begin]
        for key in ("id", "assistantId", "sessionId", "evalId"):
            found = [each for each in found if key not in query or each.get(key) == query[key]]
        if base in _WINDOWS:
            return found[:limit]
        if base in _WHOLE:
            return found
        first = (int(query.get("page", "1")) - 1) * limit
        counts = {"totalItems": len(found), "itemsPerPage": limit}
        return {"results": found[first : first + limit], "metadata": counts}


def _answer(status: int, body: Any) -> UpstreamResponse:
    return UpstreamResponse(status, _JSON, orjson.dumps(body))
