"""OAuth is there while a server asks for a second token, and says so at `/mcp` alone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.app import ACCOUNT, Hosted, hosted, message, post, send
from tests.support.oauth import GUARDED, guard
from vapi_mcp.accounts.records import Server
from vapi_mcp.errors import StoreError
from vapi_mcp.security.tokens import OAUTH_PREFIX, new_token

LIST = message("tools/list")
PATHS = (
    ("GET", "/.well-known/oauth-protected-resource"),
    ("GET", "/.well-known/oauth-protected-resource/mcp"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/authorize"),
    ("POST", "/register"),
    ("POST", "/token"),
    ("POST", "/revoke"),
)


async def _answers(server: Hosted) -> list[httpx.Response]:
    answers = [await send(method, f"{server.url}{path}") for method, path in PATHS]
    answers.append(await post(f"{server.url}/mcp", LIST))
    answers.append(await send("GET", f"{server.url}/mcp"))
    return answers


@pytest.mark.parametrize("settings", [{}, {"oauth": "off"}], ids=["no guarded server", "off"])
async def test_nothing_shows_oauth_where_it_is_not_offered(settings: dict[str, Any]) -> None:
    async with hosted(**settings) as server:
        if settings:
            await guard(server)
        answers = await _answers(server)
        dead = await post(f"{server.url}/mcp", LIST, extra=_bearer(new_token(OAUTH_PREFIX)))
    assert [each.status_code for each in answers] == [404] * 7 + [401, 405]
    assert all(each.json()["statusCode"] == 404 for each in answers[:7])
    assert answers[7].headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert dead.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_request_without_a_token_hears_where_to_sign_in() -> None:
    async with hosted() as server:
        await guard(server)
        challenge = (
            f'resource_metadata="{server.url}/.well-known/oauth-protected-resource/mcp", '
            'scope="vapi:read vapi:write"'
        )
        bare = [
            await post(f"{server.url}/mcp", LIST),
            await send("GET", f"{server.url}/mcp"),
            await send("DELETE", f"{server.url}/mcp"),
        ]
        dead = [
            await post(f"{server.url}/mcp", LIST, extra=_bearer(token))
            for token in (new_token(OAUTH_PREFIX), new_token(), "anything")
        ]
    assert {each.status_code for each in bare + dead} == {401}
    assert {each.headers["www-authenticate"] for each in bare} == {f"Bearer {challenge}"}
    assert {each.headers["www-authenticate"] for each in dead} == {
        f'Bearer error="invalid_token", {challenge}'
    }


async def test_a_live_server_token_at_the_same_path_works_as_before() -> None:
    async with hosted() as server:
        await guard(server)
        own = _bearer(server.token)
        listed = await post(f"{server.url}/mcp", LIST, extra=own)
        opened = await send("GET", f"{server.url}/mcp", headers=own)
    assert (listed.status_code, opened.status_code) == (200, 405)


async def test_secret_urls_name_no_metadata() -> None:
    async with hosted() as server:
        await guard(server)
        token = new_token()
        server.store.add(Server("g", "g", ACCOUNT.id, config=GUARDED.config), ACCOUNT, token)
        answers = [
            await post(f"{server.url}/mcp/{token}", LIST),
            await post(f"{server.url}/mcp/{new_token()}", LIST),
            await send("GET", f"{server.url}/mcp/{token}"),
            await send("GET", f"{server.url}/mcp/{token}/.well-known/oauth-protected-resource"),
            await send("GET", f"{server.url}/.well-known/oauth-protected-resource/mcp/{token}"),
            await send("GET", f"{server.url}/.well-known/openid-configuration"),
        ]
    assert [each.status_code for each in answers] == [401, 401, 405, 404, 404, 404]
    assert not any("resource_metadata" in str(each.headers) for each in answers)
    assert all("application/json" in each.headers["content-type"] for each in answers)


async def test_metadata_has_the_public_url_and_no_other_host() -> None:
    async with hosted(public_url="https://us.example/") as server:
        await guard(server)
        resource = await send("GET", f"{server.url}/.well-known/oauth-protected-resource/mcp")
        found = await send("GET", f"{server.url}/.well-known/oauth-authorization-server")
        refused = await post(f"{server.url}/mcp", LIST)
    assert resource.json() == {
        "resource": "https://us.example/mcp",
        "authorization_servers": ["https://us.example"],
        "scopes_supported": ["vapi:read", "vapi:write"],
        "bearer_methods_supported": ["header"],
        "resource_name": "vapi-mcp",
    }
    assert "127.0.0.1" not in found.text + refused.headers["www-authenticate"]
    assert found.json()["issuer"] == "https://us.example"
    assert found.headers["cache-control"] == "public, max-age=300"


async def test_below_a_path_the_metadata_is_where_clients_insert_it() -> None:
    async with hosted(public_url="https://us.example/vapi") as server:
        await guard(server)
        paths = ("oauth-protected-resource/vapi/mcp", "oauth-authorization-server/vapi")
        found = [await send("GET", f"{server.url}/.well-known/{path}") for path in paths]
        refused = await post(f"{server.url}/mcp", LIST)
    resource, issuer = found[0].json(), found[1].json()
    assert resource["resource"] == "https://us.example/vapi/mcp"
    assert resource["authorization_servers"] == [issuer["issuer"]] == ["https://us.example/vapi"]
    assert issuer["token_endpoint"] == "https://us.example/vapi/token"
    assert (
        "https://us.example/.well-known/oauth-protected-resource/vapi/mcp"
        in refused.headers["www-authenticate"]
    )


async def test_a_page_of_a_known_origin_reads_metadata_and_tokens() -> None:
    origin = {"Origin": "http://localhost:6274"}
    async with hosted() as server:
        await guard(server)
        answers = [
            await send(method, f"{server.url}{path}", headers=origin)
            for method, path in PATHS
            if path != "/authorize"
        ]
        preflight = await send("OPTIONS", f"{server.url}/token", headers=origin)
    assert {each.headers["access-control-allow-origin"] for each in answers} == {
        "http://localhost:6274"
    }
    assert preflight.status_code == 204


async def test_a_wrong_method_is_a_405_that_names_the_right_one() -> None:
    async with hosted() as server:
        await guard(server)
        answer = await send("GET", f"{server.url}/token")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_store_that_does_not_answer_is_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*_: object) -> None:
        raise StoreError

    async with hosted() as server:
        monkeypatch.setattr(server.store, "has_guarded_server", down)
        answers = await _answers(server)
    assert [each.status_code for each in answers] == [503] * 9
    assert {each.headers["retry-after"] for each in answers} == {"2"}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
