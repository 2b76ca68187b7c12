"""A page that shows views as a host of MCP Apps does: in a frame, under the policy they map to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from playwright.async_api import Browser, ConsoleMessage, Frame, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.support.serving import serving

# What the specification says that a host's own page does; it notes all that it is sent. Its frame
# starts high: a click below the height that the browser last painted would reach the host instead.
_HOST = """<!doctype html>
<html><head><meta charset="utf-8"><title>Host</title><style>
  body { margin: 0; background: BACKGROUND; }
  iframe { border: 0; width: 100%; height: 700px; display: block; }
</style></head><body><iframe id="view" sandbox="allow-scripts allow-same-origin"></iframe>
<script>
  const given = GIVEN;
  const frame = document.getElementById("view");
  window.seen = [];
  const send = (message) => frame.contentWindow.postMessage({ jsonrpc: "2.0", ...message }, "*");
  window.tell = (method, params) => send({ method, params });
  window.ask = (method) => send({ id: "host-1", method, params: {} });
  window.addEventListener("message", ({ source, data }) => {
    if (source !== frame.contentWindow) return;
    window.seen.push(data);
    if (data.method === "ui/initialize") {
      send({ id: data.id, result: {
        protocolVersion: "2026-01-26",
        hostInfo: { name: "tests", version: "1" },
        hostCapabilities: { openLinks: {} },
        hostContext: given.context,
      } });
    } else if (data.method === "ui/notifications/initialized") {
      window.tell("ui/notifications/tool-input", { arguments: {} });
      if (given.result) window.tell("ui/notifications/tool-result", given.result);
    } else if (data.method === "ui/notifications/size-changed") {
      frame.style.height = data.params.height + "px";
    } else if (data.method === "ui/open-link") {
      const refusal = { error: { code: -32000, message: "Link opening denied by user" } };
      send({ id: data.id, ...(given.context.opensLinks === false ? refusal : { result: {} }) });
    }
  });
  frame.src = given.view;
</script></body></html>"""
# Runs before the scripts of every page.
_WATCH = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error("policy: " + event.violatedDirective + " " + event.blockedURI));"""


def policy_of(meta: Mapping[str, Any]) -> str:
    """Return the policy that the `_meta` of a view's page maps to."""
    csp = meta.get("ui", {}).get("csp", {})
    loaded = " ".join(csp.get("resourceDomains", ()))
    connected = " ".join(csp.get("connectDomains", ())) or "'none'"
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' 'unsafe-inline' {loaded}",
            f"style-src 'self' 'unsafe-inline' {loaded}",
            f"img-src 'self' data: {loaded}",
            f"font-src 'self' {loaded}",
            f"media-src 'self' data: {loaded}",
            f"connect-src {connected}",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'self'",
        ]
    )


class Layout(NamedTuple):
    """The measures of a view, in pixels."""

    height: float
    smallest_button: float
    width: float


@dataclass(slots=True)
class ShownView:
    """A view in its host. complaints: errors of scripts, and what the policy kept back."""

    page: Page
    frame: Frame
    complaints: list[str] = field(default_factory=list)

    async def sent(self, method: str) -> list[Any]:
        """Return the parameters of all messages of a kind that the host was sent."""
        seen = await self.page.evaluate("window.seen")
        return [each.get("params") for each in seen if each.get("method") == method]

    async def opened(self) -> list[Any]:
        """Return the links that it asked its host to open, once there is one."""
        method = "ui/open-link"
        await self.page.wait_for_function(f"seen.some((each) => each.method === '{method}')")
        return await self.sent(method)

    async def until(self, condition: str) -> None:
        """Return once a condition of the view holds; its policy forbids Playwright's own way."""
        wait = "new Promise((go) => setTimeout(go, 10))"
        async with asyncio.timeout(20):
            await self.frame.evaluate(f"async () => {{ while (!({condition})) await {wait}; }}")

    async def layout(self) -> Layout:
        """Return the last height it asked for, its smallest button and its width, in pixels."""
        await self.page.wait_for_function(
            "seen.some((each) => each.params && each.params.height > 300)"
        )
        heights = [each["height"] for each in await self.sent("ui/notifications/size-changed")]
        sizes = await self.frame.evaluate(
            """[...document.querySelectorAll("button")].filter((each) => each.checkVisibility())
              .map((each) => each.getBoundingClientRect()).map(({width, height}) =>
                Math.min(width, height))"""
        )
        width = await self.frame.evaluate("document.documentElement.scrollWidth")
        return Layout(heights[-1], min(sizes), width)

    async def paint_ground(self) -> None:
        """Give the view the ground of its host, which tests of contrast do not see through it."""
        ground = await self.page.evaluate("getComputedStyle(document.body).backgroundColor")
        await self.frame.evaluate(
            "(ground) => { document.body.style.background = ground; }", ground
        )

    async def tell(self, method: str, params: Any) -> None:
        """Have the host tell the view something."""
        await self.page.evaluate(
            "([method, params]) => window.tell(method, params)", [method, params]
        )


@asynccontextmanager
async def shown_view(
    browser: Browser,
    content: Mapping[str, Any],
    result: Mapping[str, Any] | None,
    *,
    theme: str = "light",
    width: int = 640,
    context: Mapping[str, Any] | None = None,
) -> AsyncGenerator[ShownView]:
    """Show a page of `resources/read` with the result of its tool."""
    policy = policy_of(content.get("_meta", {}))

    async def host(request: Request) -> HTMLResponse:
        given = {
            "view": f"http://localhost:{request.url.port}/view",
            "result": result,
            "context": {
                "theme": theme,
                "displayMode": "inline",
                "locale": "en-US",
                **(context or {}),
            },
        }
        written = orjson.dumps(given).decode().replace("<", "\\u003c")
        page = _HOST.replace("BACKGROUND", "#fff" if theme == "light" else "#1d1f23")
        if theme == "dark":
            page = page.replace("<html>", '<html style="color-scheme:dark">')
        return HTMLResponse(page.replace("GIVEN", written))

    async def view(request: Request) -> HTMLResponse:
        del request
        return HTMLResponse(content["text"], headers={"Content-Security-Policy": policy})

    app = Starlette(routes=[Route("/", host), Route("/view", view)])
    async with serving(app) as running:
        opened = await browser.new_context(viewport={"width": width, "height": 700})
        try:
            await opened.add_init_script(_WATCH)
            page = await opened.new_page()
            complaints: list[str] = []
            page.on("console", lambda said: _note(said, complaints))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            await page.goto(running.url)
            frame = page.frames[-1]
            await page.wait_for_function(
                "seen.some((each) => each.method === 'ui/notifications/initialized')"
            )
            yield ShownView(page, frame, complaints)
        finally:
            await opened.close()


def _note(said: ConsoleMessage, complaints: list[str]) -> None:
    if said.type == "error" and "favicon" not in said.location.get("url", ""):
        complaints.append(said.text)
