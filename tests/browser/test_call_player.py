"""The player of a call, in a frame under the policy that its page asks for."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe

from tests.support.e2e.gallery import world
from tests.support.view_client import ViewClient, call_with_tools, spoken_in, view_client
from tests.support.view_host import ShownView, shown_view

_CALL, _MONO = "get_single_vapi_call_by_id", "list_all_vapi_mono_recordings"
_HOSTILE = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>'


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client() -> AsyncGenerator[ViewClient]:
    """Return a client of a server with recorded calls."""
    async with view_client() as made:
        yield made


@asynccontextmanager
async def playing(
    client: ViewClient,
    tool: str = _CALL,
    *,
    result: Mapping[str, Any] | None = None,
    **host: Any,
) -> AsyncGenerator[ShownView]:
    """Show a call with a recording, or another result of the tool."""
    given = result or await client.result(tool, id=call_with_tools())
    async with client.shown(tool, given, **host) as view:
        yield view


def turns() -> list[dict[str, Any]]:
    """Return what was said in the call."""
    return spoken_in(world().resources["call"][call_with_tools()])


async def length_of(url: str) -> float:
    """Return the seconds of the recording behind a link."""
    async with httpx.AsyncClient(trust_env=False) as client:
        content = (await client.get(url)).content
    with wave.open(io.BytesIO(content)) as file:
        return file.getnframes() / file.getframerate()


async def test_the_recording_plays_and_a_click_on_a_turn_goes_there(client: ViewClient) -> None:
    result = await client.result(_CALL, id=call_with_tools())
    recording = result["_meta"]["vapi-mcp/view"]["recording"]
    async with playing(client, result=result) as view:
        await view.until("audio.duration > 0")
        assert await view.frame.evaluate("audio.duration") == pytest.approx(
            await length_of(recording["url"]), abs=0.1
        )
        clicked = turns()[1]
        await view.frame.get_by_role("button", name=clicked["message"]).click()
        start = clicked["secondsFromStart"]
        await view.until(f"!audio.paused && audio.currentTime >= {start}")
        await view.frame.get_by_role("button", name="Pause").click()
        assert await view.frame.evaluate("audio.currentTime") == pytest.approx(start, abs=3)
        now = view.frame.locator("[aria-current=true]")
        assert clicked["message"] in (await now.text_content() or "")
        assert await view.frame.locator("#axis rect").count() > 100
        assert view.complaints == []


async def test_a_recording_tool_shows_the_player_too(client: ViewClient) -> None:
    async with playing(client, _MONO) as view:
        await view.until("audio.duration > 0")
        assert await view.frame.locator("#turns button").count() == 3
        assert view.complaints == []


async def test_keys_move_through_the_call_and_play_it(client: ViewClient) -> None:
    async with playing(client) as view:
        await view.until("audio.duration > 0")
        axis = view.frame.get_by_role("slider")
        for key, second in (("ArrowRight", 5), ("ArrowLeft", 0), ("PageUp", None), ("Home", 0)):
            await axis.press(key)
            if second is not None:
                await view.until(f"Math.abs(audio.currentTime - {second}) < 0.2")
        assert await axis.get_attribute("aria-valuetext") == await view.frame.evaluate(
            "`0:00 of ${format.clock(audio.duration)}`"
        )
        await axis.press(" ")
        await view.until("audio.currentTime > 0.1")
        assert view.complaints == []


async def test_the_transcript_follows_the_sound_until_a_person_turns_its_pages(
    client: ViewClient,
) -> None:
    async with playing(client) as view:
        await view.until("audio.duration > 0")
        last = turns()[-1]
        await view.frame.evaluate(f"seek({last['secondsFromStart']} + 0.1)")
        await view.until("document.querySelector('[aria-current]')")
        shown = await view.frame.locator("#turns").text_content() or ""
        await view.frame.get_by_role("button", name="Earlier turns").click()
        before = await view.frame.locator("#turns").text_content()
        await view.frame.evaluate("step()")
        after = await view.frame.locator("#turns").text_content()
    assert last["message"] in shown
    assert before == after != shown


async def test_texts_of_strangers_stay_texts(client: ViewClient) -> None:
    data = {
        "call": {
            "customer": _HOSTILE,
            "type": _HOSTILE,
            "status": _HOSTILE,
            "startedAt": _HOSTILE,
            "ended": {"reason": _HOSTILE, "class": _HOSTILE, "meaning": _HOSTILE},
            "cost": {"usd": 1, "parts": [{"name": _HOSTILE, "usd": 1}]},
        },
        "turns": [{"role": _HOSTILE, "text": _HOSTILE, "start": 1, "end": 2}],
        "toolCalls": [{"name": _HOSTILE, "start": 3, "end": None}],
        "console": "javascript:window.hurt=1",
    }
    hostile = {"content": [], "_meta": {"vapi-mcp/view": data}}
    async with playing(client, result=hostile) as view:
        await view.until("items.length === 2")
        assert await view.frame.locator("h1").text_content() == _HOSTILE
        assert _HOSTILE in (await view.frame.locator("#turns").text_content() or "")
        assert await view.frame.locator("img").count() == 0
        await view.frame.get_by_role("button", name="Open in console").click()
        assert await view.opened() == [{"url": "javascript:window.hurt=1"}]
        assert await view.frame.evaluate("window.hurt") is None
        assert view.complaints == []


async def test_the_console_opens_through_the_host(client: ViewClient) -> None:
    async with playing(client) as view:
        await view.until("items.length > 3")
        await view.frame.get_by_role("button", name="Open in console").click()
        link = f"{client.server.running.url}/console/calls/account-1/{call_with_tools()}"
        assert await view.opened() == [{"url": link}]


async def test_a_link_that_the_host_does_not_open_is_shown(client: ViewClient) -> None:
    async with playing(client, context={"opensLinks": False}) as view:
        await view.until("items.length > 3")
        await view.frame.get_by_role("button", name="Open in console").click()
        await view.until("!at('state').hidden")
        told = await view.frame.get_by_role("status").text_content()
    link = f"{client.server.running.url}/console/calls/account-1/{call_with_tools()}"
    assert told == f"This app opens no links. The call in the console: {link}"


async def test_the_view_takes_the_theme_and_colours_of_its_host(client: ViewClient) -> None:
    variables = {"--color-text-primary": "rgb(1, 2, 3)", "--unknown": "red"}
    context = {"styles": {"variables": variables}}
    async with playing(client, theme="dark", context=context) as view:
        root = "document.documentElement"
        await view.until(f"{root}.dataset.theme === 'dark'")
        colour = await view.frame.evaluate("getComputedStyle(document.body).color")
        ground = await view.frame.evaluate("getComputedStyle(document.body).backgroundColor")
        await view.tell("ui/notifications/host-context-changed", {"theme": "light"})
        await view.until(f"{root}.style.colorScheme === 'light'")
    assert (colour, ground) == ("rgb(1, 2, 3)", "rgba(0, 0, 0, 0)")


@pytest.mark.parametrize("width", [360, 640])
async def test_the_view_is_at_most_500_pixels_high_and_its_targets_are_large(
    client: ViewClient, width: int
) -> None:
    async with playing(client, width=width) as view:
        await view.until("items.length > 3")
        layout = await view.layout()
    assert layout.height <= 500
    assert layout.smallest_button >= 44
    assert layout.width == width


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_player_is_accessible(client: ViewClient, theme: str) -> None:
    async with playing(client, theme=theme) as view:
        await view.until("items.length > 3")
        await view.paint_ground()
        found = await Axe().run(view.frame)
    assert found.generate_snapshot() == ""


async def test_a_host_that_does_not_allow_the_sound_gets_a_message(client: ViewClient) -> None:
    content = {**await client.page(_CALL), "_meta": {}}
    result = await client.result(_CALL, id=call_with_tools())
    async with shown_view(client.browser, content, result) as view:
        await view.until("audio.error")
        told = await view.frame.get_by_role("status").text_content()
        is_shown = await view.frame.locator("#play").is_visible()
        silent = await view.frame.locator("#turns [aria-disabled=true]").count()
        turns_shown = await view.frame.locator("#turns button").count()
    assert "cannot be played here" in (told or "")
    assert (is_shown, turns_shown, silent) == (False, 3, 3)
    assert all("media-src" in each for each in view.complaints)
    assert view.complaints


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"content": [], "isError": True}, "The call could not be read; the answer says why."),
        ({"content": []}, "There is nothing to show of this call."),
        ({"content": [], "_meta": {"vapi-mcp/view": {}}}, ""),
        ({"content": [], "_meta": {"vapi-mcp/view": {"turns": 5, "call": {}}}}, ""),
    ],
)
async def test_a_result_without_a_call_says_so(
    client: ViewClient, result: dict[str, Any], told: str
) -> None:
    async with playing(client, result=result) as view:
        state = view.frame.locator("#state")
        await view.until("at('state').hidden || !at('state').textContent.startsWith('Waiting')")
        assert ((await state.text_content()) if told else await state.is_visible()) == (
            told or False
        )
        assert view.complaints == []


async def test_the_view_answers_its_host_and_stops_before_it_is_taken_away(
    client: ViewClient,
) -> None:
    async with playing(client) as view:
        await view.until("audio.duration > 0")
        await view.frame.get_by_role("button", name="Play").click()
        await view.until("audio.currentTime > 0")
        for method in ("ping", "ui/resource-teardown", "sampling/createMessage"):
            await view.page.evaluate("(method) => ask(method)", method)
        await view.until("audio.paused")
        answers = await view.page.evaluate("seen.filter((each) => each.id === 'host-1')")
    assert [each.get("result", each.get("error", {}).get("code")) for each in answers] == [
        {},
        {},
        -32601,
    ]
