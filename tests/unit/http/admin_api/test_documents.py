"""What the API says of itself."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from tests.support.admin_api import staged
from tests.support.stores import Memory
from vapi_mcp.http.admin_api.operations import OPERATIONS


async def test_the_document_has_every_operation_and_needs_no_key() -> None:
    async with staged(Memory(), public_url="https://mcp.example.com") as stage:
        async with stage.as_anyone() as client:
            document = (await client.get("/openapi.json")).json()
    found = {
        (method.upper(), path, operation["operationId"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert found == {(o.method, o.path, o.name) for o in OPERATIONS}
    assert document["servers"] == [{"url": "https://mcp.example.com"}]
    assert document["openapi"] == "3.1.0"


async def test_every_property_that_can_be_sent_is_described() -> None:
    async with staged(Memory()) as stage, stage.as_anyone() as client:
        schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    sent = [o.body.__name__ for o in OPERATIONS if o.body] + ["ConfigWords"]
    bare = [
        f"{name}.{property_name}"
        for name in sent
        for property_name, schema in schemas[name]["properties"].items()
        if property_name not in ("name", "config") and "description" not in schema
    ]
    assert bare == []


async def test_the_ways_to_consent_are_named_in_what_is_sent_and_answered() -> None:
    async with staged(Memory()) as stage, stage.as_anyone() as client:
        schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    sent = schemas["ConfigWords"]["properties"]["confirm_by"]["anyOf"][0]
    answered = schemas["ConfigAnswer"]["properties"]["confirm_by"]
    assert sent["enum"] == answered["enum"] == ["question", "code", "either"]


async def test_a_parameter_that_has_to_be_given_is_marked() -> None:
    async with staged(Memory()) as stage, stage.as_anyone() as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    marked = {
        (path, each["name"])
        for path, methods in paths.items()
        for operation in methods.values()
        for each in operation["parameters"]
        if each["in"] == "query" and each.get("required")
    }
    assert marked == {("/usage", "integrated_account_id")}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert name not in ("style", "src")
            assert not name.startswith("on")
            if name == "id" and value:
                self.ids.append(value)
            if name == "href" and value:
                self.links.append(value)


async def test_the_page_has_every_operation_and_loads_nothing() -> None:
    async with staged(Memory()) as stage, stage.as_anyone() as client:
        response = await client.get("/docs")
    page = _Page()
    page.feed(response.text)
    assert {o.name for o in OPERATIONS} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {link for link in page.links if not link.startswith("#")} == {"openapi.json"}
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert "script" not in page.tags


async def test_the_page_is_held_to_a_strict_policy() -> None:
    async with staged(Memory()) as stage, stage.as_anyone() as client:
        response = await client.get("/docs")
    [style] = re.findall(r"<style>(.*?)</style>", response.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert response.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
async def test_the_documents_are_only_read(path: str) -> None:
    async with staged(Memory()) as stage, stage.as_anyone() as client:
        assert (await client.head(path)).status_code == 200
        assert (await client.post(path)).status_code == 405
