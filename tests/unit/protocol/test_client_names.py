from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_types import Implementation
from starlette.datastructures import Headers

from tests.support.app import LEGACY, Hosted, hosted, message, modern, post, send
from tests.support.clients import Route, connect, every_route
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.protocol.client_identity import ClientName, ClientNames
from vapi_mcp.security.keyring import KeyRing, new_key, parse_keys
from vapi_mcp.security.signing import Signer

HEADER = "Mcp-Session-Id"
AGENT = {"User-Agent": "Mozilla/5.0 (X11; Linux)"}
OF_AGENT = ("Mozilla", "5.0")


def names() -> ClientNames:
    return ClientNames(Signer(KeyRing(parse_keys(new_key(), "the test")), "client"))


def initialize(version: str = LEGACY, **info: Any) -> dict[str, Any]:
    given = {"name": "notebook", "version": "3.1", **info}
    params = {"protocolVersion": version, "capabilities": {"sampling": {}}, "clientInfo": given}
    return message("initialize", params)


async def begin(server: Hosted, token: str | None = None) -> dict[str, str]:
    """Introduce a client of the handshake era; return the header of its session."""
    answer = await post(f"{server.url}/mcp/{token or server.token}", initialize())
    return {HEADER: answer.headers[HEADER]}


async def callers(server: Hosted, method: str = "ping") -> list[tuple[str | None, str | None]]:
    """Return who sent the requests of a method, the latest last."""
    page = await server.store.list_entries(LogFilter(mcp_method=method), Window(limit=100))
    return [(row.client_name, row.client_version) for row in page.items[::-1]]


async def test_a_session_id_carries_the_name_to_any_process_with_the_ring() -> None:
    async with hosted() as server, hosted(beside=server) as replica:
        session = await begin(server)
        for one in (server, replica):
            await post(one.mcp_url, message("ping"), extra={**AGENT, **session})
    assert await callers(server) == [("notebook", "3.1")] * 2


async def test_a_session_id_of_elsewhere_or_damaged_is_ignored_and_never_refused() -> None:
    async with hosted() as server:
        foreign = await begin(server, server.add_server())
        [sealed] = (await begin(server)).values()
        for given in (*foreign.values(), sealed[:-1], f"{sealed}A", "x", "", "A" * 5000):
            extra = {**AGENT, HEADER: given}
            answer = await post(server.mcp_url, message("ping"), extra=extra)
            assert (answer.status_code, "error" in answer.json()) == (200, False)
    assert await callers(server) == [OF_AGENT] * 6


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_session_can_neither_be_listened_to_nor_ended(method: str) -> None:
    async with hosted() as server:
        session = await begin(server)
        assert (await send(method, server.mcp_url, headers=session)).status_code == 405
        answer = await post(server.mcp_url, message("ping"), extra=session)
    assert answer.status_code == 200


async def test_only_the_answer_to_a_good_initialize_begins_a_session() -> None:
    async with hosted() as server:
        session = await begin(server)
        assert HEADER not in (await post(server.mcp_url, message("ping"), extra=session)).headers
        assert HEADER not in (await post(server.mcp_url, modern("tools/list"))).headers
        refused = await post(f"{server.url}/mcp/vms_nothing", initialize())
        assert HEADER not in refused.headers


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("python-httpx/0.28.1", ("python-httpx", "0.28.1")),
        ("Claude-User", ("Claude-User", None)),
        ("node", ("node", None)),
        ("(weird) thing/1", (None, None)),
        ("", (None, None)),
    ],
)
async def test_without_a_name_the_user_agent_stands_in(
    agent: str, expected: tuple[str | None, str | None]
) -> None:
    async with hosted() as server:
        await post(server.mcp_url, message("ping"), extra={"User-Agent": agent})
        nameless = modern("tools/list")
        await post(server.mcp_url, nameless, extra={"User-Agent": agent})
    assert await callers(server) == await callers(server, "tools/list") == [expected]


async def test_a_modern_request_names_its_own_client() -> None:
    info = {"name": "agent", "version": "7"}
    meta = {"io.modelcontextprotocol/clientInfo": info}
    async with hosted() as server:
        await post(server.mcp_url, modern("tools/list", {"_meta": meta}), extra=AGENT)
    assert await callers(server, "tools/list") == [("agent", "7")]


@every_route
async def test_the_official_client_is_known_to_the_end_and_leaves_without_complaint(
    route: Route, caplog: pytest.LogCaptureFixture
) -> None:
    me = Implementation(name="notebook", version="3.1")
    async with hosted() as server, connect(server, route, me) as client:
        for _ in range(2):
            await client.call_tool("list_all_vapi_assistants", {})
    assert await callers(server, "tools/call") == [("notebook", "3.1")] * 2
    assert not [r for r in caplog.records if r.levelname in ("WARNING", "ERROR")]


@given(st.text(), st.text(), st.dictionaries(st.text(), st.just({})))
def test_a_session_id_fits_a_header_whatever_the_client_says(
    name: str, version: str, capabilities: dict[str, Any]
) -> None:
    clients = names()
    params = {
        "clientInfo": {"name": name * 50, "version": version * 50},
        "capabilities": {**capabilities, "elicitation": {}, "roots": {}, "sampling": {}},
    }
    sealed = clients.session_id(params, "server-1")
    assert len(sealed) <= 1024
    assert sealed.isascii()
    read = clients.read(Headers({HEADER: sealed}), "server-1")
    assert (read.name is None, read.version is None) == (False, False)


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_a_client_that_introduces_itself_oddly_has_no_name(odd: Any) -> None:
    clients = names()
    for params in ({"clientInfo": odd}, {"capabilities": odd}, {"clientInfo": {"name": [odd]}}):
        sealed = clients.session_id(params, "server-1")
        assert clients.read(Headers({HEADER: sealed}), "server-1") == ClientName()


def test_another_ring_reads_nothing() -> None:
    sealed = names().session_id(initialize()["params"], "server-1")
    assert names().read(Headers({HEADER: sealed}), "server-1") == ClientName()
