"""The peers as ways: what they are asked, in the words of their own tools."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from tests.bench.answers import ASSISTANT_ID, CALLS_WANTED
from tests.bench.children import environment, launched
from tests.bench.lanes import FASTMCP, VAPI, HttpLane, Lane, StdioLane, as_they_are
from tests.bench.peers import fastmcp_server
from tests.bench.peers.installing import Vapi, install_fastmcp, install_vapi
from tests.bench.peers.openapi import acceptable, openapi_document
from tests.bench.pipe import piped
from tests.bench.questions import GET, LIST, TOOLS
from tests.bench.stage import reason
from tests.bench.ways import Place, Way

_VAPI_ASKED = as_they_are(
    GET.put_as("get_assistant", {"assistantId": ASSISTANT_ID}),
    # It takes no limit and always lists ten.
    LIST.put_as("list_calls", {}),
    TOOLS,
)
_FASTMCP_ASKED = as_they_are(
    GET.put_as("AssistantController_findOne", {"id": ASSISTANT_ID}),
    LIST.put_as("CallController_findAll", {"limit": CALLS_WANTED}),
    TOOLS,
)


async def peer_ways(
    folder: Path, place: Place, note: Callable[[str], None]
) -> tuple[Mapping[str, Way], Mapping[str, str]]:
    """Install the peers; return the ways of those that are there, and why others are not.

    BENCH_OPENAPI names another document for FastMCP than the one put together here.
    """
    installs = {VAPI: install_vapi, FASTMCP: install_fastmcp}
    there: dict[str, Way] = {}
    missing: dict[str, str] = {}
    for name, install in installs.items():
        note(f"installing {name}")
        try:
            found = await asyncio.to_thread(install, folder)
        except (OSError, RuntimeError) as error:
            missing[name] = reason(error)
        else:
            there[name] = _way_of(found, place)
    return there, missing


def _way_of(found: Vapi | Path, place: Place) -> Way:
    return (
        partial(_vapi, found, place) if isinstance(found, Vapi) else partial(_fastmcp, found, place)
    )


@asynccontextmanager
async def _vapi(vapi: Vapi, place: Place) -> AsyncGenerator[Sequence[Lane]]:
    env = environment(place.upstream, VAPI_TOKEN="sandbox-bench")
    command = [str(vapi.node), str(vapi.module)]
    async with (
        launched(command, env, place.folder, talks=True) as child,
        piped(child) as pipe,
    ):
        yield [StdioLane(VAPI, child, pipe, _VAPI_ASKED)]


@asynccontextmanager
async def _fastmcp(python: Path, place: Place) -> AsyncGenerator[Sequence[Lane]]:
    env = environment(place.upstream)
    env.pop("PYTHONPATH", None)
    command = [str(python), str(fastmcp_server.__file__), place.upstream, _document(place)]
    async with launched(command, env, place.folder) as child:
        url = await child.first_line()
        yield [HttpLane(FASTMCP, child, url, asked=_FASTMCP_ASKED)]


def _document(place: Place) -> str:
    if given := os.environ.get("BENCH_OPENAPI"):
        document = json.loads(Path(given).read_text())
    else:
        document = openapi_document(place.upstream)
    path = place.folder / "openapi.json"
    path.write_text(json.dumps(acceptable(document)))
    return str(path)
