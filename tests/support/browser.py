"""A headless Chromium of the machine, for tests of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright

# Else it looks for its maker's servers at every start.
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--mute-audio",  # Recordings play without a device for sound.
)


def chromium_path() -> str:
    """Return the browser's path, or skip the test; with TESTS_NEED_CHROMIUM it fails instead."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        reason = "Chromium is not installed (Debian's package `chromium`)"
        if os.environ.get("TESTS_NEED_CHROMIUM"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@asynccontextmanager
async def browsing() -> AsyncGenerator[Browser]:
    """Yield a browser; its pages are of one machine only."""
    path = chromium_path()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def page_of(
    browser: Browser, *, width: int = 1440, dark: bool = False
) -> AsyncGenerator[Page]:
    """Yield a page of its own context, without cookies."""
    scheme = "dark" if dark else "light"
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    try:
        yield await context.new_page()
    finally:
        await context.close()
