"""Routes that are loaded by the first request for one of them."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from vapi_mcp.http.admin_api.operations import OPERATIONS
from vapi_mcp.http.admin_paths import DOCUMENTS, ROOTS, admin_paths
from vapi_mcp.http.late_routes import late_routes


def test_every_operation_is_below_a_root_that_is_known_before() -> None:
    assert sorted({each.path.split("/")[1] for each in OPERATIONS}) == list(ROOTS)
    assert len(admin_paths()) == len(DOCUMENTS) + 2 * len(ROOTS)


async def test_routes_are_loaded_once_and_see_their_own_parts_of_a_path_alone() -> None:
    loads: list[str] = []

    async def told(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{request.path_params}")

    def load() -> list[Route]:
        loads.append("loaded")
        return [Route("/log/{id}", told)]

    routes = late_routes(["/log", "/log/{rest:path}"], load)
    transport = httpx.ASGITransport(app=Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        paths = ("/log/7", "/log/8", "/log", "/log/7/", "/other")
        answers = [await client.get(path) for path in paths]
        refused = await client.post("/log/7")
    assert [each.status_code for each in (*answers, refused)] == [200, 200, 404, 404, 404, 405]
    assert [each.text for each in answers[:2]] == ["{'id': '7'}", "{'id': '8'}"]
    assert loads == ["loaded"]
