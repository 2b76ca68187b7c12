"""Both lanes of the local server, given the same lines: the fast one, and the SDK's alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import orjson

from tests.contract.lanes import Reply, Upstream, compared, without_one_time
from tests.support.app import ACCOUNT
from tests.support.pipes import Line, LocalHouse, Pipe
from vapi_mcp.accounts.records import Grant, Server, ServerConfig
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.protocol.json_rpc import Message
from vapi_mcp.protocol.stdio.lane import Lane, UsualRequest


@dataclass(slots=True)
class PipeLane:
    """One server with a store and an upstream of its own."""

    house: LocalHouse
    upstream: Upstream
    rows: list[tuple[LogEntry, bool]] = field(default_factory=list)

    def done(self) -> tuple[list[str], list[str]]:
        """Return the rows of the audit log and what Vapi was asked, in one order for both."""
        return compared(self.rows, [request for request, _ in self.upstream.requests])


@dataclass(slots=True)
class PipeLanes:
    """Both lanes. taken: of the messages so far, those that the fast lane answered."""

    fast: PipeLane
    slow: PipeLane
    taken: int = 0

    def answer(self, reply: Reply) -> None:
        """Have Vapi answer so from now on."""
        self.fast.upstream.reply = self.slow.upstream.reply = reply

    async def same(self, *lines: Line | bytes) -> Mapping[str, bytes]:
        """Return what both answer to a client that sends these lines and leaves, by id."""
        fast = _by_id(await self.fast.house.output(*lines))
        slow = _by_id(await self.slow.house.output(*lines))
        assert fast.keys() == slow.keys()
        for id_, answer in fast.items():
            assert orjson.loads(answer) == orjson.loads(slow[id_]), id_
        assert self.fast.done() == self.slow.done()
        return fast

    async def leave_during(self, *lines: Line | bytes) -> None:
        """Be a client of both that is gone, with all its ends, before Vapi answers."""
        for lane in (self.fast, self.slow):
            lane.upstream.release.clear()
            # What was not taken stands in the stream that the test itself closes.
            with suppress(BrokenPipeError):
                async with lane.house.piped() as pipe:
                    pipe.send(*lines)
                    await lane.upstream.entered.wait()
                    pipe.close()
                    lane.upstream.release.set()
        assert self.fast.done() == self.slow.done()

    @asynccontextmanager
    async def talking(self) -> AsyncGenerator[Talk]:
        """Talk to both, one message after the other."""
        async with self.fast.house.piped() as fast, self.slow.house.piped() as slow:
            yield Talk(self, fast, slow)
        assert self.fast.done() == self.slow.done()


@dataclass(slots=True)
class Talk:
    """A client of both lanes."""

    lanes: PipeLanes
    fast: Pipe
    slow: Pipe

    def tell(self, line: Line | bytes) -> None:
        """Send what has no answer."""
        self.fast.send(line)
        self.slow.send(line)

    async def hear(self) -> Line:
        """Return what both send next, which is the same."""
        fast, slow = await self.fast.answer(), await self.slow.answer()
        assert _timeless(fast) == _timeless(slow)
        return fast

    async def same(self, line: Line | bytes) -> tuple[Line, bool]:
        """Return what both answer to a line, and whether it went fast."""
        taken = self.lanes.taken
        self.tell(line)
        return await self.hear(), self.lanes.taken > taken


@contextmanager
def both_pipe_lanes(**config: Any) -> Generator[PipeLanes]:
    """Make both lanes over one server."""
    grant = Grant(ACCOUNT, Server("stdio", "stdio", ACCOUNT.id, config=ServerConfig(**config)))
    lanes = PipeLanes(_lane(grant, is_fast=True), _lane(grant, is_fast=False))
    record, take = AuditWriter.record, Lane.take

    async def noted(self: AuditWriter, entry: LogEntry, *, durable: bool = False) -> bool:
        log = self._log  # pyright: ignore[reportPrivateUsage] - which server a writer belongs to
        lane = lanes.fast if log is lanes.fast.house.store else lanes.slow
        lane.rows.append((entry, durable))
        return await record(self, entry, durable=durable)

    def counted(self: Lane, line: bytes, message: Message) -> UsualRequest | None:
        found = take(self, line, message)
        lanes.taken += found is not None
        return found

    with patch.object(AuditWriter, "record", noted), patch.object(Lane, "take", counted):
        yield lanes


def _lane(grant: Grant, *, is_fast: bool) -> PipeLane:
    upstream = Upstream()
    return PipeLane(LocalHouse(upstream, grant, is_fast=is_fast), upstream)


def _by_id(lines: Sequence[bytes]) -> dict[str, bytes]:
    found = {repr(orjson.loads(line).get("id")): without_one_time(line) for line in lines}
    assert len(found) == len(lines)
    return found


def _timeless(answer: Line) -> Line:
    return orjson.loads(without_one_time(orjson.dumps(answer)))
