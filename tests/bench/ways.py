"""Each way as something to start: an async context that yields the lanes over one process."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from tests.bench.children import started
from tests.bench.lanes import (
    ASKED,
    FLOOR,
    FLOOR_HTTPX,
    HTTP_LEGACY,
    HTTP_MODERN,
    PREVIOUS_HTTP,
    PREVIOUS_MODERN,
    PREVIOUS_STDIO,
    SDK_HTTP,
    SDK_STDIO,
    STDIO,
    HttpLane,
    Lane,
    StdioLane,
    as_they_are,
)
from tests.bench.pipe import piped
from tests.bench.product import Product
from tests.bench.tool_lists import all_tools, scoped_tools

Way: TypeAlias = Callable[[], AbstractAsyncContextManager[Sequence[Lane]]]

HOSTED = "hosted"
PREVIOUS_HOSTED = "previous, hosted"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run happens: an empty folder, where no .env changes what is measured."""

    folder: Path
    upstream: str
    lists: Path

    @classmethod
    def prepared(cls, folder: Path, upstream: str) -> Place:
        """Write the lists of tools for those who only pass them on."""
        lists = folder / "lists.json"
        lists.write_text(json.dumps({"all": all_tools(), "scoped": scoped_tools()}))
        return cls(folder, upstream, lists)


def usual_ways(place: Place) -> Mapping[str, Way]:
    """Return what every run measures, by the name of the process."""
    ours = Product.here(place.folder, place.upstream)
    return {
        FLOOR: partial(_floor, place, FLOOR, "aiohttp"),
        FLOOR_HTTPX: partial(_floor, place, FLOOR_HTTPX, "httpx"),
        SDK_HTTP: partial(_sdk_http, place),
        SDK_STDIO: partial(_sdk_stdio, place),
        HOSTED: partial(hosted_lanes, ours, (HTTP_LEGACY, HTTP_MODERN)),
        STDIO: partial(stdio_lane, ours, STDIO),
    }


def previous_ways(directory: Path, place: Place) -> Mapping[str, Way]:
    """Return the ways of another copy; raises FileNotFoundError as `Product` does."""
    product = Product.installed_in(directory, place.folder, place.upstream)
    return {
        PREVIOUS_HOSTED: partial(hosted_lanes, product, (PREVIOUS_HTTP, PREVIOUS_MODERN)),
        PREVIOUS_STDIO: partial(stdio_lane, product, PREVIOUS_STDIO),
    }


@asynccontextmanager
async def _floor(place: Place, name: str, client: str) -> AsyncGenerator[Sequence[Lane]]:
    async with started("tests.bench.floor", client, place.upstream, str(place.lists)) as child:
        url = await child.first_line()
        asked = as_they_are(*ASKED[name])
        yield [HttpLane(name, child, f"{url}/all", f"{url}/scoped", asked=asked)]


@asynccontextmanager
async def _sdk_http(place: Place) -> AsyncGenerator[Sequence[Lane]]:
    arguments = ("http", place.upstream, str(place.lists))
    async with started("tests.bench.sdk_server", *arguments) as child:
        url = await child.first_line()
        yield [HttpLane(SDK_HTTP, child, url, asked=as_they_are(*ASKED[SDK_HTTP]))]


@asynccontextmanager
async def _sdk_stdio(place: Place) -> AsyncGenerator[Sequence[Lane]]:
    arguments = ("stdio", place.upstream, str(place.lists))
    async with (
        started("tests.bench.sdk_server", *arguments, talks=True) as child,
        piped(child) as pipe,
    ):
        yield [StdioLane(SDK_STDIO, child, pipe)]


@asynccontextmanager
async def hosted_lanes(
    product: Product, names: Sequence[str], *flags: str
) -> AsyncGenerator[Sequence[Lane]]:
    """Run a host with everything on; a lane for each era, the legacy one first."""
    async with product.hosted(*flags) as hosted:
        yield [
            HttpLane(
                name,
                hosted.child,
                hosted.url,
                hosted.scoped_url,
                is_modern=is_modern,
                headers={"x-api-token": hosted.token},
            )
            for name, is_modern in zip(names, (False, True), strict=False)
        ]


@asynccontextmanager
async def stdio_lane(product: Product, name: str) -> AsyncGenerator[Sequence[Lane]]:
    """Run `stdio` with everything on."""
    async with product.stdio() as child, piped(child) as pipe:
        yield [StdioLane(name, child, pipe)]


@asynccontextmanager
async def hosted_start(product: Product, data_dir: Path, name: str) -> AsyncGenerator[Lane]:
    """Run a host of one account, ready at once; for starts."""
    async with product.hosted_at_once(data_dir) as (child, url):
        yield HttpLane(name, child, url)
