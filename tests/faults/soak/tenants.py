"""The tenants of a run, and the Vapi that each of them believes is its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import orjson
from starlette.types import Receive, Scope, Send

_ITEMS = 100
_LARGE_ITEM_BYTES = 20_000
_STAMP = "2026-01-15T12:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant with an account of its own; `urls` are the bases of its servers' tokens."""

    name: str
    key: str
    tokens: tuple[str, ...] = ()


class TenantsVapi:
    """A stand-in for Vapi: whatever it answers names the tenant whose key came with the request.

    created: how often each name was made, to find a write that was sent twice.
    """

    def __init__(self, tenants: Iterable[Tenant], *, large_lists: bool) -> None:
        self.created = Counter[tuple[str, str]]()
        self._names = {f"Bearer {tenant.key}": tenant.name for tenant in tenants}
        size = _LARGE_ITEM_BYTES if large_lists else 0
        self._lists = {name: _calls(name, size) for name in self._names.values()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] in ("http", "lifespan")
        if scope["type"] == "lifespan":
            return await _live(receive, send)
        headers = dict(scope["headers"])
        tenant = self._names.get(headers.get(b"authorization", b"").decode())
        if tenant is None:
            return await _answer(send, 401, {"message": "Invalid Key", "statusCode": 401})
        body = await _body(receive)
        if scope["path"] == "/chat":
            return await _stream(send, tenant, orjson.loads(body))
        status, answer = self._answer(tenant, scope["method"], scope["path"], body)
        return await _answer(send, status, answer)

    def _answer(self, tenant: str, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if method == "POST":
            given = orjson.loads(body)
            self.created[tenant, given["name"]] += 1
            return 201, {**_assistant(tenant, str(uuid4())), **given}
        if path == "/call":
            return 200, self._lists[tenant]
        if path == "/assistant":
            return 200, [_assistant(tenant, str(uuid4()))]
        return 200, _assistant(tenant, path.rpartition("/")[2])


def _assistant(tenant: str, key: str) -> dict[str, Any]:
    stamps = {"createdAt": _STAMP, "updatedAt": _STAMP}
    return {"id": key, "orgId": tenant, "name": f"{tenant} {key}"[:40], **stamps}


def _calls(tenant: str, size: int) -> Any:
    words = " ".join([f"{tenant} speaks."] * (size // (len(tenant) + 9)))
    stamps = {"createdAt": _STAMP, "updatedAt": _STAMP, "status": "ended", "type": "webCall"}
    calls = [
        {"id": str(uuid4()), "orgId": tenant, "name": tenant, "transcript": words, **stamps}
        for _ in range(_ITEMS)
    ]
    return orjson.Fragment(orjson.dumps(calls))


async def _answer(send: Send, status: int, answer: Any) -> None:
    content = orjson.dumps(answer)
    fields = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": content})


async def _stream(send: Send, tenant: str, given: dict[str, Any]) -> None:
    """Say the tenant's name and repeat what it said, word by word."""
    fields = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 201, "headers": fields})
    chat = str(uuid4())
    for word in (tenant, " ", given["input"]):
        event = {"id": chat, "path": "chat.output[0].content", "delta": word}
        piece = b"data: " + orjson.dumps(event) + b"\n\n"
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b""})


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def linked(admin: httpx.AsyncClient, tenant: Tenant, servers: int) -> Tenant:
    """Link a tenant's account and make its servers; return it with their tokens."""
    body = {"name": tenant.name, "api_key": tenant.key, "tenant_id": tenant.name}
    account = await _made(admin, "/integrated-account", body)
    path = f"/integrated-account/{account['id']}/mcp"
    made = [await _made(admin, path, {"name": f"server {n}"}) for n in range(servers)]
    return Tenant(tenant.name, tenant.key, tuple(server["token"] for server in made))


async def _made(admin: httpx.AsyncClient, path: str, body: Any) -> dict[str, Any]:
    answer = await admin.post(path, json=body)
    if answer.status_code != 201:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
    return answer.json()
