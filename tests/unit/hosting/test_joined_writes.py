from __future__ import annotations

import asyncio
from typing import Any, cast

from vapi_mcp.hosting.processes.joined_writes import JoinedWrites


class Transport:
    def __init__(self) -> None:
        self.done: list[Any] = []

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def writelines(self, data: list[bytes]) -> None:
        self.done.append([len(each) for each in data])

    def close(self) -> None:
        self.done.append("close")

    def is_closing(self) -> bool:
        return "close" in self.done


def joined() -> tuple[JoinedWrites, Transport]:
    transport = Transport()
    return JoinedWrites(cast("asyncio.Transport", transport)), transport


async def test_head_and_body_go_out_as_one() -> None:
    writes, transport = joined()
    writes.write(b"head ")
    assert transport.done == []
    writes.write(b"body")
    writes.write(b"more")
    await asyncio.sleep(0)
    assert transport.done == [b"head body", b"more"]


async def test_large_body_is_not_copied() -> None:
    writes, transport = joined()
    writes.write(b"head")
    writes.write(b"b" * 100_000)
    assert transport.done == [[4, 100_000]]


async def test_head_without_a_body_goes_out_by_itself() -> None:
    writes, transport = joined()
    writes.write(b"head")
    await asyncio.sleep(0)
    assert transport.done == [b"head"]
    writes.write(b"body")
    assert transport.done == [b"head", b"body"]


async def test_nothing_is_lost_by_closing() -> None:
    writes, transport = joined()
    writes.write(b"head")
    assert not writes.is_closing()
    writes.close()
    await asyncio.sleep(0)
    assert transport.done == [b"head", "close"]
    assert writes.is_closing()
