"""The page of a call in a real browser."""

from __future__ import annotations

from playwright.async_api import expect

from tests.support.browser import browsing, page_of
from tests.support.console import api_token
from tests.support.e2e.gallery import call_with, gallery

# No text is evaluated by the page itself: its policy forbids that.
_DURATION = """() => new Promise((done) => {
  const audio = document.getElementById("audio");
  if (audio.duration > 0) done(audio.duration);
  audio.addEventListener("loadedmetadata", () => done(audio.duration));
})"""


async def test_a_click_on_a_turn_plays_it_and_marks_it() -> None:
    call_id = call_with("mono-recording")
    async with gallery() as server, browsing() as browser, page_of(browser) as page:
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        await page.goto(f"{server.running.url}/console/sign-in?next=/calls/account-1/{call_id}")
        await page.fill("#token", await api_token(server))
        await page.click("button.main")
        assert await page.evaluate(_DURATION) > 0
        turn = page.locator("#turns button").nth(2)
        start = float(await turn.get_attribute("data-start") or "nan")
        await turn.click()
        await expect(page.locator("#turns li.now button")).to_have_attribute(
            "data-start", f"{start:g}"
        )
        assert await page.evaluate("document.getElementById('audio').currentTime") >= start
        wave = page.locator("#wave img")
        assert await wave.evaluate("(image) => image.complete && image.naturalWidth") == 1000
        assert problems == []
