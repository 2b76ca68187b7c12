"""What a server is kept to, in the console."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.app import ACCOUNT, Hosted, hosted
from tests.support.console import Browser, signed_in
from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import ServerConfig

ID, OTHER = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10", "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a11"
NEW = {"account": ACCOUNT.id, "name": "Acme", "inline_media": "yes"}
FIRST = f"/servers/{ACCOUNT.id}/server-0"
FIELDS = {
    "only.assistants": f"{ID}\n\n {OTHER} ",
    "only.phone_numbers": ID,
    "only.squads": "",
    "only.metadata": "client = acme\narea=north",
}
ACME = Only((ID, OTHER), (ID,), metadata=(("area", "north"), ("client", "acme")))
EMPTY = dict.fromkeys(FIELDS, "")
SEES = (
    "2 assistants, 1 phone number, objects whose metadata has area = north, client = acme; and "
    "what belongs to them"
)


async def only_of(server: Hosted) -> Only | None:
    page = await server.store.list_servers(ACCOUNT.id, Window(), datetime.now(UTC))
    return page.items[0].config.only


@asynccontextmanager
async def kept_to_acme() -> AsyncGenerator[tuple[Hosted, Browser]]:
    async with hosted() as server:
        await server.store.update_server(
            ACCOUNT.id, "server-0", lambda kept: replace(kept, config=ServerConfig(only=ACME))
        )
        async with signed_in(server) as (_, browser):
            yield server, browser


async def test_a_server_is_kept_to_what_the_form_names() -> None:
    async with signed_in() as (server, browser):
        page = await browser.send("/servers/new", {**NEW, **FIELDS})
        assert (page.status_code, await only_of(server)) == (200, ACME)


async def test_a_preview_says_what_a_server_sees() -> None:
    async with signed_in() as (_, browser):
        some = await browser.send("/servers/preview", FIELDS)
        every = await browser.send("/servers/preview", EMPTY)
    assert f"Sees <b>{SEES}</b>" in some.text
    assert "Sees <b>the whole organisation</b>" in every.text


async def test_the_page_of_a_server_names_what_it_is_kept_to() -> None:
    async with kept_to_acme() as (_, browser):
        page, rows = await browser.get(FIRST), await browser.get("/servers")
    for about, words in (
        ("Sees", SEES),
        ("Kept to assistants", f"{ID}, {OTHER}"),
        ("Kept to metadata", "area north, client acme"),
    ):
        assert f"<dt>{about}</dt><dd>{words}</dd>" in page.text
    assert "one client" in rows.text


async def test_a_form_shows_what_a_server_is_kept_to_and_saves_it_as_it_was() -> None:
    async with kept_to_acme() as (server, browser):
        form = await browser.get(f"{FIRST}/edit")
        assert f">{ID}\n{OTHER}</textarea>" in form.text
        assert ">area = north\nclient = acme</textarea>" in form.text
        same = await browser.send(f"{FIRST}/edit", {**NEW, **FIELDS, "expires": "keep"})
        assert (same.status_code, await only_of(server)) == (303, ACME)


async def test_a_form_without_the_fields_keeps_what_a_server_is_kept_to() -> None:
    async with kept_to_acme() as (server, browser):
        saved = await browser.send(f"{FIRST}/edit", {**NEW, "expires": "keep"})
        assert (saved.status_code, await only_of(server)) == (303, ACME)


@pytest.mark.parametrize(
    "wider",
    [EMPTY, {**FIELDS, "only.phone_numbers": ""}, {**FIELDS, "only.metadata": "client = acme"}],
    ids=["everything", "a kind", "fewer pairs"],
)
async def test_a_form_widens_a_server_only_if_it_says_so(wider: dict[str, Any]) -> None:
    async with kept_to_acme() as (server, browser):
        form = {**NEW, **wider, "expires": "keep"}
        refused = await browser.send(f"{FIRST}/edit", form)
        assert (refused.status_code, await only_of(server)) == (400, ACME)
        assert "this lets the server see more than before" in refused.text
        widened = await browser.send(f"{FIRST}/edit", {**form, "only.wider": "yes"})
        assert widened.status_code == 303
        assert await only_of(server) != ACME


async def test_wrong_values_stand_beside_their_fields() -> None:
    wrong = {"only.assistants": f"{ID}\nacme", "only.metadata": "client"}
    async with signed_in() as (server, browser):
        page = await browser.send("/servers/new", {**NEW, **wrong})
        kept = await only_of(server)
    assert (page.status_code, kept) == (400, None)
    assert page.text.count('class="wrong"') == 2
    assert "line 2 must be the id of an object" in page.text
    assert "client: must not be empty" in page.text
    assert "acme</textarea>" in page.text
