from __future__ import annotations

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from tests.support.app import BOTH, Hosted, headers_of, hosted, message, modern, post, send
from tests.support.registry import NAMES
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.security.tokens import new_token

JSON = {"Content-Type": "application/json"}
LIST = message("tools/call", {"name": "list_all_vapi_assistants"})


async def raw(
    server: Hosted, head: str, body: bytes = b"", *, path: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Write bytes to a connection and read until the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.running.port)
    path = f"/mcp/{server.token}" if path is None else path
    start = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n"
    writer.write(start.encode() + body)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    top, _, content = answer.partition(b"\r\n\r\n")
    status, *lines = top.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
    return int(status.split()[1]), headers, content


@pytest.mark.parametrize("build", [message, modern])
@pytest.mark.parametrize("accept", [None, "", "application/json", "*/*", BOTH])
async def test_post_is_answered_as_json_whatever_of_it_is_accepted(
    build: Any, accept: str | None
) -> None:
    async with hosted() as server:
        response = await post(server.mcp_url, build("tools/list"), accept=accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert len(response.json()["result"]["tools"]) == len(NAMES)


@pytest.mark.parametrize("build", [message, modern])
async def test_client_that_takes_no_json_is_told_so(build: Any) -> None:
    async with hosted() as server:
        response = await post(server.mcp_url, build("tools/list"), accept="text/event-stream")
    assert response.status_code == 406
    assert response.json()["id"] == 1


@pytest.mark.parametrize("slash", ["", "/"])
async def test_slash_at_the_end_needs_no_redirect(slash: str) -> None:
    async with hosted() as server:
        by_path = await post(server.mcp_url + slash, LIST)
        bearer = {"Authorization": f"Bearer {server.token}"}
        by_header = await post(f"{server.url}/mcp{slash}", LIST, extra=bearer)
    assert (by_path.status_code, by_header.status_code) == (200, 200)
    assert by_path.json() == by_header.json()


async def test_authorization_is_ignored_where_the_path_has_the_token() -> None:
    async with hosted() as server:
        response = await post(server.mcp_url, LIST, extra={"Authorization": "Bearer wrong"})
    assert response.status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "HEAD", "OPTIONS"])
async def test_other_methods_are_not_allowed(method: str) -> None:
    async with hosted() as server:
        answers = [
            await send(method, url, headers={"Accept": "text/event-stream"})
            for url in (server.mcp_url, f"{server.mcp_url}/", f"{server.url}/mcp")
        ]
    assert [answer.status_code for answer in answers] == [405, 405, 405]
    assert {answer.headers["allow"] for answer in answers} == {"POST"}
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}


async def test_every_bad_token_gets_the_same_answer() -> None:
    async with hosted() as server:
        bad = [new_token(), "x", "%20", server.token[:-1], server.add_server(ended=True)]
        removed = server.add_server()
        server.store.remove(f"server-{server.made}")
        paths = [f"{server.url}/mcp/{token}" for token in (*bad, removed)]
        answers = [await post(path, LIST) for path in paths]
        answers.append(await post(f"{server.url}/mcp", LIST))
        answers.append(await post(f"{server.url}/mcp", modern("tools/list")))
        wrong = {"Authorization": f"Bearer {new_token()}"}
        answers.append(await post(f"{server.url}/mcp", LIST, extra=wrong))
        answers.append(await send("GET", f"{server.url}/sse/{bad[0]}"))
        answers.append(await post(f"{server.url}/messages/{bad[0]}/?session_id=1", LIST))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    challenges = {answer.headers["www-authenticate"] for answer in answers}
    assert challenges == {'Bearer error="invalid_token"'}
    body = answers[0].json()
    assert (body["jsonrpc"], body["id"]) == ("2.0", None)
    assert "not valid" in body["error"]["message"]
    assert server.upstream.requests == []


async def test_token_is_refused_before_the_body_is_read() -> None:
    async with hosted() as server:
        head = "Content-Type: application/json\r\nContent-Length: 1000\r\n"
        status, headers, _ = await raw(server, head, b"{", path=f"/mcp/{new_token()}")
    assert (status, headers["connection"]) == (401, "close")


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server/mcp/{token}",
        "/mcp/{token}/.well-known/openid-configuration",
        "/mcp/.well-known",
        "/register",
        "/mcp/register",
        "/mcp/{token}/register",
        "/nothing",
        "/mcp/{token}/more",
        "/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_is_not_here_is_a_json_404(method: str, path: str) -> None:
    async with hosted() as server:
        answer = await send(method, server.url + path.format(token=server.token))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["statusCode"] == 404
    assert "www-authenticate" not in answer.headers


async def test_health_says_that_the_process_is_up() -> None:
    async with hosted() as server:
        answer = await send("GET", f"{server.url}/healthz", headers={"Host": "10.0.0.7"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_wrong_method_on_a_plain_route_is_json() -> None:
    async with hosted() as server:
        answer = await send("POST", f"{server.url}/healthz")
    assert answer.status_code == 405
    assert answer.json()["statusCode"] == 405


BAD_BODIES = [
    (b"", -32700),
    (b"{", -32700),
    (b'{"jsonrpc":"2.0","method":"ping","params":{"x":NaN}}', -32700),
    (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', -32700),
    (b'{"jsonrpc":"2.0","method":"ping","params":{"x":"\\ud800"}}', -32700),
    (b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}', -32700),
    (b'{"jsonrpc":"2.0","id":null,"method":"tools/list"}', -32600),
    (b'{"jsonrpc":"2.0","id":true,"method":"tools/list"}', -32600),
    (b'{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}', -32600),
    (b'{"jsonrpc":"2.0","id":{},"method":"tools/list"}', -32600),
    (b'[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]', -32600),
    (b'"tools/list"', -32600),
]


@pytest.mark.parametrize(("body", "code"), BAD_BODIES)
@pytest.mark.parametrize("era", [{}, {"MCP-Protocol-Version": "2026-07-28"}])
async def test_bad_message_gets_an_error_and_never_silence(
    body: bytes, code: int, era: dict[str, str]
) -> None:
    async with hosted() as server:
        answer = await send("POST", server.mcp_url, headers={**JSON, **era}, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert answer.json()["id"] is None


async def test_message_with_a_method_and_a_result_of_null_does_not_run() -> None:
    async with hosted() as server:
        answers = [await post(server.mcp_url, {**LIST, name: None}) for name in ("result", "error")]
    for answer in answers:
        assert (answer.status_code, answer.json()["id"]) == (400, 1)
        assert "not both" in answer.json()["error"]["message"]


async def test_bad_message_with_a_sound_id_is_answered_under_it() -> None:
    async with hosted() as server:
        body = b'{"jsonrpc":"2.0","id":"seven","method":7,"params":{"key":"private"}}'
        answer = await send("POST", server.mcp_url, headers=JSON, content=body)
    assert (answer.status_code, answer.json()["id"]) == (400, "seven")
    assert "private" not in answer.text


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (b'"caf\\ud83d"', "holds half a surrogate pair; send the whole character"),
        (
            b'"caf\xff"',
            "holds bytes that are not UTF-8, or half a surrogate pair; send the whole character",
        ),
        (b"1" * 5000, "is an integer of more than 64 bits; send it as text"),
        (
            b"1e400",
            (
                "is not a finite number, and JSON allows only finite numbers. Leave it out or send "
                "it as text"
            ),
        ),
    ],
    ids=["half", "bytes", "integer", "float"],
)
async def test_what_json_cannot_carry_is_refused_under_its_id_and_with_its_argument(
    value: bytes, told: str
) -> None:
    body = (
        b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":'
        b'{"name":"create_a_vapi_assistant","arguments":{"name":' + value + b"}}}"
    )
    async with hosted() as server:
        answers = [
            await send("POST", server.mcp_url, headers={**JSON, **era}, content=body)
            for era in ({}, {"MCP-Protocol-Version": "2026-07-28"})
        ]
    error = {"code": -32602, "message": f"name {told}. Nothing was sent."}
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"jsonrpc": "2.0", "id": 7, "error": error})
    ] * 2


async def test_body_must_be_declared_as_json() -> None:
    async with hosted() as server:
        headers = {"Content-Type": "text/plain"}
        answer = await send("POST", server.mcp_url, headers=headers, content=orjson.dumps(LIST))
    assert answer.status_code == 415


@pytest.mark.parametrize("chunked", [False, True])
async def test_oversized_body_is_refused_with_the_limit(*, chunked: bool) -> None:
    async def pieces() -> Any:
        for _ in range(3):
            yield b" " * 1000

    async with hosted(max_request_bytes=2048) as server:
        content = pieces() if chunked else b" " * 3000
        answer = await send("POST", server.mcp_url, headers=JSON, content=content)
    assert answer.status_code == 413
    assert "2048 bytes" in answer.json()["error"]["message"]


async def test_a_server_without_a_tool_that_takes_files_takes_small_bodies_only() -> None:
    body = orjson.dumps(LIST) + b" " * 2 * 1024 * 1024
    async with hosted() as server:
        reading = f"{server.mcp_url}?methods=read"
        answer = await send("POST", reading, headers=JSON, content=body)
    assert answer.status_code == 413
    assert "2097152 bytes" in answer.json()["error"]["message"]


FILE = {"file_name": "a.txt", "base64": "YWJj" * 550_000, "dry_run": True}


@pytest.mark.parametrize("build", [message, modern])
async def test_only_a_call_that_brings_a_file_may_be_large(build: Any) -> None:
    wrapped = {"tool_name": "create_a_vapi_file", "arguments": FILE}
    as_text = {**wrapped, "arguments": orjson.dumps(FILE).decode()}
    async with hosted() as server:
        found = server.add_server(config=ServerConfig(tool_exposure="discovery"))
        answers = [
            await post(f"{server.url}/mcp/{token}", build(method, params))
            for token, method, params in (
                (server.token, "tools/call", {"name": "create_a_vapi_file", "arguments": FILE}),
                (found, "tools/call", {"name": "call_tool", "arguments": wrapped}),
                (found, "tools/call", {"name": "call_tool", "arguments": as_text}),
                (server.token, "tools/call", {"name": "create_a_vapi_call", "arguments": FILE}),
                (server.token, "tools/list", FILE),
            )
        ]
    refused = {
        "code": -32600,
        "message": (
            "the message exceeds the limit of 2097152 bytes; only a call with a file, and "
            "with its arguments as an object, may be larger"
        ),
    }
    assert [answer.status_code for answer in answers] == [200, 200, 413, 413, 413]
    assert [answer.json()["result"]["isError"] for answer in answers[:2]] == [False, False]
    assert [answer.json() for answer in answers[2:]] == [
        {"jsonrpc": "2.0", "id": 1, "error": refused}
    ] * 3
    assert server.upstream.requests == []


async def test_body_that_does_not_arrive_is_given_up() -> None:
    async with hosted(request_timeout=0.05) as server:
        head = "Content-Type: application/json\r\nContent-Length: 1000\r\n"
        status, headers, body = await raw(server, head, b"{")
    assert (status, headers["connection"]) == (408, "close")
    assert "0.05 seconds" in orjson.loads(body)["error"]["message"]


async def test_two_statements_of_length_are_refused() -> None:
    async with hosted(http="h11") as server:
        smuggled = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        head = (
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(smuggled)}\r\nTransfer-Encoding: chunked\r\n"
        )
        status, headers, body = await raw(server, head, smuggled)
    assert (status, headers["connection"]) == (400, "close")
    assert b"HTTP/1.1" not in body


async def test_white_space_around_a_header_means_nothing() -> None:
    request = modern("tools/call", {"name": "list_all_vapi_assistants", "arguments": {}})
    body = orjson.dumps(request)
    headers = {**headers_of(request), "Content-Length": str(len(body)), "Connection": "close"}
    padded = "".join(f"{name}:  {value}\t \r\n" for name, value in headers.items())
    async with hosted() as server:
        status, _, _ = await raw(server, padded, body)
    assert status == 200


async def test_client_that_leaves_while_sending_leaves_nothing_behind() -> None:
    async with hosted() as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.running.port)
        head = f"POST /mcp/{server.token} HTTP/1.1\r\nHost: localhost\r\n"
        writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        answer = await post(server.mcp_url, LIST)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:1234", 200),
        ("127.0.0.1:80", 200),
        ("[::1]:80", 200),
        ("mcp.example.com", 200),
        ("proxy.example.com:8443", 200),
        ("evil.example.com", 421),
        ("localhost.evil.example.com", 421),
        ("localhost:80@evil.example.com", 421),
        ("localhost:port", 421),
        ("localhost/x", 421),
        ("", 421),
    ],
)
async def test_only_known_hosts_are_answered(host: str, status: int) -> None:
    known: dict[str, Any] = {
        "public_url": "https://mcp.example.com",
        "allowed_hosts": ("proxy.example.com",),
    }
    async with hosted(**known) as server:
        answer = await post(server.mcp_url, LIST, extra={"Host": host})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8080", 200),
        ("mcp.example.com", 200),
        ("proxy.example.com:8443", 200),
        ("10.1.2.3:8080", 200),
        ("203.0.113.7", 200),
        ("[2001:db8::7]:8080", 200),
        ("evil.example.com", 421),
        ("10.1.2.3.evil.example.com", 421),
        ("10.1.2.3@evil.example.com", 421),
        ("vapi-mcp:8080", 421),
        ("0x7f000001", 421),
        ("2130706433", 421),
        ("", 421),
    ],
)
async def test_metrics_are_told_under_known_names_and_ip_addresses(host: str, status: int) -> None:
    """A name that an attacker lets point here is no address; health is told to everybody."""
    known: dict[str, Any] = {
        "public_url": "https://mcp.example.com",
        "allowed_hosts": ("proxy.example.com",),
    }
    async with hosted(**known) as server:
        answers = {
            path: (await send("GET", f"{server.url}/{path}", headers={"Host": host})).status_code
            for path in ("metrics", "healthz", "readyz")
        }
    assert answers == {"metrics": status, "healthz": 200, "readyz": 200}


async def test_metrics_are_not_told_to_web_pages_of_other_origins() -> None:
    async with hosted() as server:
        headers = {"Host": "10.1.2.3:8080", "Origin": "https://evil.example.com"}
        answer = await send("GET", f"{server.url}/metrics", headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("https://claude.ai", 200),
        ("https://chatgpt.com", 200),
        ("http://localhost:6274", 200),
        ("https://localhost", 200),
        ("http://127.0.0.1:8080", 200),
        ("http://[::1]:8080", 200),
        ("https://mcp.example.com", 200),
        ("https://console.example.com", 200),
        ("https://evil.example.com", 403),
        ("http://localhost.evil.example.com", 403),
        ("http://claude.ai", 403),
        ("https://claude.ai.evil.example.com", 403),
        ("null", 403),
        ("file://localhost", 403),
    ],
)
async def test_only_known_origins_may_call(origin: str | None, status: int) -> None:
    known: dict[str, Any] = {
        "public_url": "https://mcp.example.com",
        "allowed_origins": ("https://console.example.com",),
    }
    extra = {"Origin": origin} if origin else {}
    async with hosted(**known) as server:
        answer = await post(server.mcp_url, LIST, extra=extra)
        message_route = await send("POST", f"{server.url}/messages/x/", headers=extra)
    assert answer.status_code == status
    assert message_route.status_code == (401 if status == 200 else status)


async def test_one_host_header_is_needed() -> None:
    async with hosted() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.running.port)
        writer.write(b"GET /nothing HTTP/1.0\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.split()[1] == b"421"


async def test_answers_of_many_clients_never_mix() -> None:
    async with hosted() as server, httpx.AsyncClient(trust_env=False) as client:
        tokens = [server.token, server.add_server()]
        calls = [
            client.post(
                f"{server.url}/mcp/{tokens[n % 2]}",
                json={**(message if n % 3 else modern)("tools/list"), "id": n},
                headers={**JSON, "Accept": BOTH}
                | (
                    {}
                    if n % 3
                    else {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}
                ),
            )
            for n in range(24)
        ]
        answers = await asyncio.gather(*calls)
    assert [answer.json()["id"] for answer in answers] == list(range(24))


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "evil.example"}, 421), ({"Origin": "https://evil.example"}, 403)],
)
async def test_foreign_hosts_and_origins_are_refused_in_the_form_of_the_route(
    headers: dict[str, str], status: int
) -> None:
    async with hosted() as server:
        mcp = await post(server.mcp_url, LIST, extra=headers)
        admin = await send("GET", f"{server.url}/integrated-account", headers=headers)
    assert (mcp.status_code, admin.status_code) == (status, status)
    assert mcp.json()["error"]["message"] == admin.json()["message"]
    assert admin.json()["statusCode"] == status
