"""`python -m tests.bench.search`: what a search through 2,000 calls of 20 KB costs."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from aiohttp import web

from tests.support.invocation import REGISTRY, ResultInvoker
from vapi_mcp.accounts.records import Account, Grant, Server, ServerConfig
from vapi_mcp.security.credential import Credential
from vapi_mcp.upstream.client import UpstreamClient

_BEGUN = datetime(2026, 11, 1, tzinfo=UTC)
_SAID = "AI: Hello, how are you?\nUser: Fine, thank you.\n" * 430
SEARCHES: Mapping[str, Mapping[str, Any]] = {
    "where, 40 matches": {"where": {"endedReason": "voicemail"}, "limit": 100, "fields": ["id"]},
    "words in what was said": {"search": "fine thank", "where": {"cost": ">0.75"}, "limit": 500},
    "sort by cost": {"sort": "-cost", "limit": 5},
    "count by reason": {"count_by": ["endedReason"]},
    "the same, since a date": {"count_by": ["endedReason"], "createdAtGe": "2026-11-01"},
}


def calls(count: int) -> list[dict[str, Any]]:
    """Return calls of about 20 KB, one a minute, the oldest first."""
    return [
        {
            "id": f"call-{number}",
            "createdAt": (_BEGUN + timedelta(minutes=number)).isoformat().replace("+00:00", "Z"),
            "endedReason": "customer-ended-call" if number % 50 else "voicemail",
            "cost": number % 9 / 10,
            "artifact": {"transcript": _SAID},
        }
        for number in range(count)
    ]


class Upstream:
    """A list of calls by date, as Vapi gives it, from prepared bytes."""

    def __init__(self, count: int) -> None:
        self._calls = [(each["createdAt"], orjson.dumps(each)) for each in reversed(calls(count))]

    async def answer(self, request: web.Request) -> web.Response:
        query = request.query
        since, until = query.get("createdAtGe", ""), query.get("createdAtLt", "9")
        found = [raw for at, raw in self._calls if since <= at < until]
        page = b",".join(found[: int(query["limit"])])
        return web.Response(body=b"[" + page + b"]", content_type="application/json")


async def served(count: int) -> tuple[web.AppRunner, int]:
    """Serve a list on loopback; return what ends it, and its port."""
    app = web.Application()
    app.router.add_get("/call", Upstream(count).answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port: int = runner.addresses[0][1]
    return runner, port


async def searched(port: int, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to a search of the list at a port."""
    account = Account("bench", "Bench", Credential("key"), f"http://127.0.0.1:{port}")
    grant = Grant(account, Server("bench", "bench", "bench", config=ServerConfig()))
    async with UpstreamClient(max_answer_bytes=2**26, allow_private=True) as upstream:
        tool = REGISTRY.find("list_all_vapi_calls")
        result = await ResultInvoker(upstream).invoke(tool, arguments, grant)
    return orjson.loads(result.text)


def _serve(count: int, ports: multiprocessing.Queue[int]) -> None:
    async def run() -> None:
        _, port = await served(count)
        ports.put(port)
        await asyncio.Event().wait()

    asyncio.run(run())


def _mebibytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run each search once over a list in another process, and print what it took."""
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    upstream = multiprocessing.Process(target=_serve, args=(2_000, ports), daemon=True)
    upstream.start()
    port = ports.get(timeout=60)
    before = _mebibytes()
    for name, arguments in SEARCHES.items():
        begun, cpu = time.perf_counter(), time.process_time()
        answer = asyncio.run(searched(port, arguments))
        seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
        print(
            f"{name:24} {answer['result_count']:4} items  {seconds:5.2f} s  CPU {cpu:4.2f} s  "
            f"memory +{_mebibytes() - before:.0f} MiB at most so far"
        )
    upstream.terminate()
    upstream.join()


if __name__ == "__main__":
    main()
