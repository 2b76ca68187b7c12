from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox import Driver, drive


async def _upload(sandbox: Driver, name: str = "menu.txt", **fields: str) -> Any:
    answer = await sandbox.client.post(
        "/file", files={"file": (name, b"Soup\n", "text/plain")}, data=fields
    )
    assert answer.status_code == 201
    return answer.json()


async def test_an_upload_is_processed_for_two_seconds() -> None:
    async with drive() as sandbox:
        made = await _upload(sandbox, purpose="assistant", metadata='{"lang":"en"}')
        path = f"/file/{made['id']}"
        seen = [made["status"]]
        for seconds in (1.9, 0.1):
            sandbox.clock.forward(seconds)
            seen.append((await sandbox.ok("GET", path))["status"])
        done = await sandbox.ok("GET", path)
    assert seen == ["processing", "processing", "done"]
    assert (made["name"], made["bytes"], made["mimetype"]) == ("menu.txt", 5, "text/plain")
    assert made["metadata"] == {"lang": "en"}
    assert done["parsedTextBytes"] == 5
    assert done["updatedAt"] == "2026-11-20T12:00:02.000Z"


async def test_files_are_one_bare_list_by_purpose() -> None:
    async with drive() as sandbox:
        first = await _upload(sandbox, purpose="assistant")
        sandbox.clock.forward(1)
        second = await _upload(sandbox)
        every = await sandbox.ok("GET", "/file")
        some = await sandbox.ok("GET", "/file?purpose=assistant")
        none = await sandbox.ok("GET", "/file?purpose=other")
        paged = await sandbox.refused("GET", "/file?limit=1")
    assert [file["id"] for file in every] == [second["id"], first["id"]]
    assert [file["id"] for file in some] == [first["id"]]
    assert none == []
    assert paged == ["property limit should not exist"]


async def test_a_file_can_be_renamed_and_deleted() -> None:
    async with drive() as sandbox:
        path = f"/file/{(await _upload(sandbox))['id']}"
        assert (await sandbox.ok("PATCH", path, {"name": "Menu"}))["name"] == "Menu"
        assert await sandbox.refused("PATCH", path, {"name": ""}) == [
            "name must be longer than or equal to 1 characters"
        ]
        await sandbox.ok("DELETE", path)
        assert (await sandbox.ask("GET", path)).status_code == 404


async def test_an_upload_without_content_is_an_invalid_file() -> None:
    async with drive() as sandbox:
        assert await sandbox.refused("POST", "/file", {}) == "Invalid file"
        empty = {"file": ("menu.txt", b"", "text/plain")}
        assert await sandbox.refused("POST", "/file", files=empty) == "Invalid file"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"purpose": "fun"},
            (
                "purpose must be one of the following values: assistant, composer-attachment, "
                "knowledge-base-v2"
            ),
        ),
        ({"metadata": "{"}, "metadata must be a json string"),
        ({"metadata": " " * 4097}, "metadata must be shorter than or equal to 4096 characters"),
        ({"size": "1"}, "property size should not exist"),
    ],
)
async def test_a_wrong_form_is_refused(fields: dict[str, str], message: str) -> None:
    async with drive() as sandbox:
        files = {"file": ("menu.txt", b"Soup", "text/plain")}
        assert await sandbox.refused("POST", "/file", files=files, data=fields) == [message]
