"""The authorization page: it shows who asks, lets in who may, and sends nobody astray."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.support.app import ACCOUNT, Hosted, hosted
from tests.support.oauth import (
    GUARDED,
    Documents,
    Person,
    answer_in,
    guard,
    pkce,
    submit,
    ticket_in,
)
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import ApiToken, Server, ServerConfig
from vapi_mcp.security.tokens import API_PREFIX, new_token

CLIENT = "https://app.example/oauth/client.json"
BACK = "https://app.example/back?from=here"
LOCAL = "http://127.0.0.1/callback"
NAMED = {"client_id": CLIENT, "client_name": "<b>ChatGPT</b>", "redirect_uris": [BACK, LOCAL]}


def _url(server: Hosted, **changes: Any) -> str:
    given = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": BACK,
        "code_challenge": pkce()[1],
        "code_challenge_method": "S256",
        "resource": f"{server.url}/mcp",
        "state": "s",
        **changes,
    }
    kept = {name: value for name, value in given.items() if value is not None}
    return f"{server.url}/authorize?{urlencode(kept, doseq=True)}"


async def test_the_headline_is_the_host_and_the_name_is_only_a_claim(
    http: httpx.AsyncClient,
) -> None:
    async with hosted(documents=Documents(a=NAMED)) as server:
        await guard(server)
        page = await http.get(_url(server))
        local = await http.get(_url(server, redirect_uri="http://127.0.0.1:999/callback"))
    assert "<h1><strong>app.example</strong> asks" in page.text
    assert "&lt;b&gt;ChatGPT&lt;/b&gt; <small>(not verified)" in page.text
    assert "<b>ChatGPT" not in page.text
    assert "Any program on this computer" in local.text
    assert "Any program on this computer" not in page.text


async def test_a_page_is_never_framed_runs_nothing_and_lets_its_answer_pass(
    http: httpx.AsyncClient,
) -> None:
    async with hosted(documents=Documents(a=NAMED)) as server:
        await guard(server)
        page = await http.get(_url(server))
    policy = page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "form-action 'self' https://app.example;" in policy
    assert policy.endswith("frame-ancestors 'none'")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": None}, "names no client_id"),
        ({"client_id": "unknown"}, "is not registered"),
        ({"client_id": "https://other.example/client.json"}, "document of this client"),
        ({"redirect_uri": "https://app.example/other"}, "none that its client registered"),
        ({"redirect_uri": None}, "names no redirect_uri"),
        ({"client_id": [CLIENT, CLIENT]}, "client_id more than once"),
        ({"state": "s" * 5000}, "state of the request is too long"),
    ],
)
async def test_an_unknown_client_or_redirect_is_an_error_page_and_no_redirect(
    http: httpx.AsyncClient, changes: dict[str, Any], words: str
) -> None:
    async with hosted(documents=Documents(a=NAMED)) as server:
        await guard(server)
        page = await http.get(_url(server, **changes))
    assert page.status_code == 400
    assert words in page.text
    assert "form-action 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"resource": "https://other.example/mcp"}, "invalid_target"),
        ({"resource": "http://["}, "invalid_target"),
        ({"scope": "admin"}, "invalid_scope"),
    ],
)
async def test_any_other_mistake_goes_back_to_the_client_with_the_issuer(
    http: httpx.AsyncClient, changes: dict[str, Any], error: str
) -> None:
    async with hosted(documents=Documents(a=NAMED)) as server:
        await guard(server)
        answer = await http.get(_url(server, **changes))
    found = answer_in(answer)
    del found["error_description"]
    assert answer.status_code == 302
    assert found == {
        "to": "https://app.example/back",
        "from": "here",
        "error": error,
        "state": "s",
        "iss": server.url,
    }


async def test_a_person_who_cancels_sends_the_client_a_refusal(http: httpx.AsyncClient) -> None:
    async with hosted(documents=Documents(a=NAMED)) as server:
        token = await guard(server)
        url = _url(server)
        early = await submit(
            http, url, {"ticket": ticket_in(await http.get(url)), "decision": "deny"}
        )
        consent = await Person(token).sign_in(http, url)
        late = await submit(http, url, {"ticket": ticket_in(consent), "decision": "deny"})
    assert [answer_in(each)["error"] for each in (early, late)] == ["access_denied"] * 2
    assert not (await server.store.list_oauth_grants(Window())).items


async def test_the_consent_counts_the_tools_of_each_server_by_what_they_can_do(
    http: httpx.AsyncClient,
) -> None:
    async with hosted(documents=Documents(a=NAMED)) as server:
        token = await guard(server)
        config = ServerConfig(methods=("read",), require_api_token_auth=True)
        server.store.add(Server("r", "reading", ACCOUNT.id, config=config), ACCOUNT, new_token())
        page = await Person(token).sign_in(http, _url(server))
    reading = page.text[page.text.index("reading") :]
    assert "first" not in page.text
    assert "can ring a phone" in page.text
    assert "can spend money" in page.text
    assert " delete</span>" in page.text
    assert "can ring a phone" not in reading
    assert " read</span>" in reading


async def test_a_wrong_token_is_asked_for_again_and_guesses_are_limited(
    http: httpx.AsyncClient,
) -> None:
    async with hosted(documents=Documents(a=NAMED)) as server:
        token = await guard(server)
        url = _url(server)
        wrong = [await Person(new_token(API_PREFIX)).sign_in(http, url) for _ in range(10)]
        right = await Person(token).sign_in(http, url)
    assert {each.status_code for each in wrong} == {403}
    assert all("API token is not valid" in each.text for each in wrong)
    assert right.status_code == 429
    assert "Too many attempts" in right.text


async def test_a_token_that_opens_no_guarded_server_is_told_so(http: httpx.AsyncClient) -> None:
    async with hosted(documents=Documents(a=NAMED)) as server:
        token = await guard(server, tenant_id="another")
        url = _url(server)
        page = await Person(token).sign_in(http, url)
        forced = await submit(
            http, url, {"ticket": ticket_in(page), "decision": "allow", "server": GUARDED.id}
        )
    assert "opens no server that asks for a second token" in page.text
    assert (forced.status_code, "not there" in forced.text) == (400, True)


async def test_an_end_that_is_no_date_or_past_is_asked_for_again(http: httpx.AsyncClient) -> None:
    async with hosted(documents=Documents(a=NAMED)) as server:
        token = await guard(server)
        url = _url(server)
        page = await Person(token).sign_in(http, url)
        form = {"ticket": ticket_in(page), "decision": "allow", "server": GUARDED.id}
        answers = [
            await submit(http, url, {**form, "ends_on": day}) for day in ("soon", "2020-01-01")
        ]
    assert [each.status_code for each in answers] == [400, 400]
    assert "must be a date such as 2027-01-31" in answers[0].text
    assert "must be in the future" in answers[1].text
    assert f'value="{GUARDED.id}" required checked' in answers[0].text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://claude.ai"},
        {"Origin": "null"},
    ],
)
async def test_a_form_of_another_site_is_refused(
    http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    async with hosted(documents=Documents(a=NAMED)) as server:
        token = await guard(server)
        page = await Person(token).sign_in(http, _url(server))
        form = {"ticket": ticket_in(page), "decision": "allow", "server": GUARDED.id}
        answer = await http.post(f"{server.url}/authorize", data=form, headers=headers)
    assert answer.status_code == 403


async def test_a_ticket_that_was_not_made_here_is_refused(http: httpx.AsyncClient) -> None:
    async with hosted(documents=Documents(a=NAMED)) as server:
        token = await guard(server)
        url = _url(server)
        ticket = ticket_in(await Person(token).sign_in(http, url))
        answers = [
            await submit(http, url, {"ticket": text, "decision": "allow", "server": GUARDED.id})
            for text in ("", "nonsense", f"A{ticket[1:]}" if ticket[0] != "A" else f"B{ticket[1:]}")
        ]
    assert {each.status_code for each in answers} == {400}
    assert all("too old, or was not made here" in each.text for each in answers)


async def test_who_is_signed_in_to_the_console_need_not_sign_in_again(
    http: httpx.AsyncClient,
) -> None:
    async with hosted(documents=Documents(a=NAMED)) as server:
        token = await guard(server, kind="admin")
        signed_in = await http.post(
            f"{server.url}/console/sign-in",
            data={"token": token},
            headers={"Origin": server.url, "Sec-Fetch-Site": "same-origin"},
        )
        page = await http.get(_url(server))
    assert signed_in.status_code == 303
    assert "Which server may it use?" in page.text


async def test_who_has_a_session_elsewhere_need_not_sign_in(http: httpx.AsyncClient) -> None:
    async def session(_: object) -> ApiToken:
        return ApiToken("api", "Ann", "admin")

    async with hosted(documents=Documents(a=NAMED), session_of=session) as server:
        await guard(server)
        url = _url(server)
        page = await http.get(url)
        form = {"ticket": ticket_in(page), "decision": "allow", "server": GUARDED.id}
        answer = await submit(http, url, form)
    assert "Which server may it use?" in page.text
    assert set(answer_in(answer)) == {"to", "from", "code", "state", "iss"}
