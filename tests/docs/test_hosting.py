"""The curl commands of the pages do what the pages say, against the admin API itself."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from string import Template
from typing import Any

import httpx
import orjson

from tests.support.admin_api import staged
from tests.support.docs_pages import curls, fences, text_of
from tests.support.stores import Memory
from vapi_mcp.errors import AdminError

_API = "http://localhost:8080"


@dataclass(slots=True)
class Curl:
    """What a curl command sends."""

    url: str = ""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: str | None = None


def _read(command: str) -> Curl:
    words = iter(shlex.split(command.partition(" > ")[0])[1:])
    curl, method = Curl(), None
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                curl.headers[name] = value
            case "-d":
                curl.body = next(words)
            case _:
                assert not word.startswith("-"), word
                curl.url = word
    curl.method = method or ("POST" if curl.body else "GET")
    return curl


def _commands() -> Iterator[str]:
    yield from curls(text_of("docs/hosting.md"))
    yield from (line for line in curls(text_of("docs/features.md")) if "your.host" in line)


async def test_every_curl_command_works_in_the_order_of_the_pages() -> None:
    async with staged(Memory()) as stage:
        known = {
            "API": _API,
            "TOKEN": stage.token,
            "VAPI_API_KEY": "sandbox-first",
            "NEW_VAPI_API_KEY": "sandbox-second",
        }
        answers: list[httpx.Response] = []
        for command in _commands():
            local = command.replace("https://your.host", _API)
            curl = _read(Template(local).substitute(known))
            async with stage.as_anyone(**curl.headers) as client:
                answer = await client.request(curl.method, curl.url, content=curl.body)
            assert answer.is_success, (command, answer.text)
            _remember(known, curl, answer)
            answers.append(answer)
    assert {answer.request.url.path.split("/")[1] for answer in answers} == {
        "integrated-account",
        "api-token",
        "log",
    }
    assert {answer.request.method for answer in answers} == {"GET", "POST", "PATCH"}


def _remember(known: dict[str, str], curl: Curl, answer: httpx.Response) -> None:
    if answer.status_code != 201:
        return
    made: dict[str, Any] = answer.json()
    if curl.url.endswith("/integrated-account"):
        known.setdefault("ACCOUNT", made["id"])
    if curl.url.endswith("/mcp"):
        known.setdefault("SERVER", made["id"])


def test_the_error_shown_is_one_as_they_are() -> None:
    [shown] = fences(text_of("docs/hosting.md"), "json")
    error = orjson.loads(shown)
    made = AdminError(error["message"], status=error["statusCode"], details=error["details"])
    assert error == made.as_dict()
