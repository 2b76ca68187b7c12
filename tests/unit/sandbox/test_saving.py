from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.support.sandbox import AUTHORIZED, ORG, HandClock, drive, listening
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.specs.facts.facts import load_facts


def test_the_world_is_saved_at_shutdown_and_goes_on_from_there(tmp_path: Path) -> None:
    state, clock = tmp_path / "deep" / "state.json", HandClock()
    facts = load_facts()
    app = create_sandbox(facts=facts, world=StateSnapshot(ORG), clock=clock, state_file=state)
    with listening(app) as url, httpx.Client(base_url=url, headers=AUTHORIZED) as client:
        made = client.post("/assistant", json={"name": "Ava"}).json()
        files = {"file": ("menu.txt", b"Soup", "text/plain")}
        file_id = client.post("/file", files=files).json()["id"]
    assert [path.name for path in state.parent.iterdir()] == ["state.json"]
    world = StateSnapshot.load(state.read_bytes())
    assert world.file_contents[file_id] == b"Soup"
    clock.forward(60)
    app = create_sandbox(facts=facts, world=world, clock=clock, state_file=state)
    with listening(app) as url, httpx.Client(base_url=url, headers=AUTHORIZED) as client:
        assert client.get(f"/assistant/{made['id']}").json() == made
        assert client.get(f"/file/{file_id}").json()["status"] == "done"


def test_reading_alone_writes_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    app = create_sandbox(facts=load_facts(), world=StateSnapshot(ORG), state_file=state)
    with listening(app) as url, httpx.Client(base_url=url, headers=AUTHORIZED) as client:
        assert client.get("/assistant").json() == []
    assert not state.exists()


async def test_a_call_under_way_goes_on_after_a_restart() -> None:
    world = StateSnapshot(ORG)
    async with drive(world) as sandbox:
        call = await sandbox.call()
        sandbox.clock.forward(10)
        talking = await sandbox.ok("GET", f"/call/{call['id']}")
        clock = sandbox.clock
    clock.forward(3600)
    async with drive(StateSnapshot.load(world.dump()), clock) as sandbox:
        still = await sandbox.ok("GET", f"/call/{call['id']}")
        sandbox.clock.forward(61)
        ended = await sandbox.ok("GET", f"/call/{call['id']}")
    assert (talking["status"], still["status"], ended["status"]) == (
        "in-progress",
        "in-progress",
        "ended",
    )
    assert ended["endedAt"] > "2026-11-20T13:00"


async def _let_others_run() -> None:
    """Suspend, which requests in memory never do."""
    await asyncio.to_thread(int)


async def test_changes_are_saved_soon_and_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state.json"
    waited: list[float] = []
    may_save = asyncio.Event()

    async def wait(seconds: float) -> None:
        waited.append(seconds)
        await may_save.wait()

    monkeypatch.setattr("vapi_mcp.sandbox.state.saving.sleep", wait)
    async with drive(state_file=state) as sandbox:
        for _ in range(5):
            await sandbox.assistant()
            await _let_others_run()
        assert not state.exists()
        may_save.set()
        await _let_others_run()
    assert waited == [1.0]
    assert len(StateSnapshot.load(state.read_bytes()).resources["assistant"]) == 5
