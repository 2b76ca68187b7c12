"""Makes the calls with one Python client, and prints a line of JSON for each.

It runs in the environment of that client: `python driver.py ADAPTER < server.json`.
An adapter is a module with `connect(server)`, which yields the number of tools and a call.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib import import_module
from typing import Any

_SECONDS = 40
# The adapters of clients that print are not mistaken for answers.
_out = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


async def _run(adapter: str, server: dict[str, Any]) -> None:
    async with import_module(adapter).connect(server) as (tools, call):
        _say("tools", count=tools)
        for label, name, arguments in server["calls"]:
            try:
                answer = await asyncio.wait_for(call(name, arguments), _SECONDS)
            except Exception as error:  # noqa: BLE001 - whatever a client raises is its answer
                _say(label, raised=_reason(error))
            else:
                is_text = isinstance(answer, str)
                _say(label, answer=answer if is_text else repr(answer), is_text=is_text)


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:5000]


def _say(label: str, **told: object) -> None:
    _out.write(json.dumps({"call": label, **told}) + "\n")
    _out.flush()


if __name__ == "__main__":
    try:
        asyncio.run(_run(sys.argv[1], json.load(sys.stdin)))
    except BaseException as error:  # noqa: BLE001 - the reason goes to the page
        _say("connection", raised=_reason(error))
    # Threads of a client that are still waiting do not keep the process.
    os._exit(0)
