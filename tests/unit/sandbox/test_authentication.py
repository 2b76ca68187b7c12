from __future__ import annotations

import pytest

from tests.support.sandbox import ORG, drive


@pytest.mark.parametrize("header", ["", "Bearer pk-live", "Basic sandbox-key", "sandbox-key"])
async def test_requests_without_a_sandbox_key_get_vapis_401(header: str) -> None:
    async with drive() as sandbox:
        answer = await sandbox.ask("GET", "/assistant", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json() == {
        "message": "Invalid Key. Hot tip, you may be using the private key instead of the public "
        "key, or vice versa.",
        "error": "Unauthorized",
        "statusCode": 401,
    }


async def test_any_key_that_begins_with_sandbox_is_accepted() -> None:
    async with drive() as sandbox:
        for key in ("sandbox", "sandbox-1", "sandboxed"):
            answer = await sandbox.ask("GET", "/tool", headers={"Authorization": f"bearer {key}"})
            assert (answer.status_code, answer.json()) == (200, [])


async def test_the_root_says_what_this_is_without_a_key() -> None:
    async with drive() as sandbox:
        about = await sandbox.ok("GET", "/", headers={"Authorization": ""})
        health = await sandbox.ok("GET", "/healthz", headers={"Authorization": ""})
    assert about["orgId"] == ORG
    assert about["objects"]["assistant"] == 0
    assert health == {"status": "ok"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/assistants"),
        ("PUT", "/assistant"),
        ("PATCH", "/chat/1"),
        ("GET", "/provider/openai/pronunciation-dictionary"),
    ],
)
async def test_paths_that_do_not_exist_answer_like_nest(method: str, path: str) -> None:
    async with drive() as sandbox:
        answer = await sandbox.ask(method, path)
    assert answer.status_code == 404
    assert answer.json() == {
        "message": f"Cannot {method} {path}",
        "error": "Not Found",
        "statusCode": 404,
    }


async def test_an_unknown_id_is_not_found() -> None:
    async with drive() as sandbox:
        for path in ("/assistant/nobody", "/eval/run/nobody", "/call/nobody/pcap"):
            answer = await sandbox.ask("GET", path)
            assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")


async def test_normal_answers_carry_no_rate_headers() -> None:
    async with drive() as sandbox:
        answer = await sandbox.ask("GET", "/assistant")
    assert not [name for name in answer.headers if "rate" in name.lower()]
