"""Knowledge bases: files are indexed, and assistants answer from them."""

from __future__ import annotations

from typing import Any

from tests.support.sandbox import Driver, drive, fresh_world


def seeded() -> Driver:
    return drive(fresh_world(7))


async def base_with(vapi: Driver, content: bytes) -> tuple[str, str]:
    """Return the ids of a new base and of the file that is attached to it."""
    base = await vapi.ok("POST", "/v2/knowledge-base", {"name": "House"})
    files = {"file": ("house.txt", content, "text/plain")}
    upload = (await vapi.client.post("/file", files=files)).json()
    attach = f"/v2/knowledge-base/{base['id']}/file"
    attached = await vapi.ok("POST", attach, {"fileId": upload["id"]})
    assert attached["status"] == "indexing"
    return base["id"], upload["id"]


async def answer(vapi: Driver, tool_id: str) -> str:
    model = {"provider": "openai", "model": "gpt-4.1", "toolIds": [tool_id]}
    body: Any = {"assistant": {"name": "Ada", "model": model}, "input": "When does the pool open?"}
    return (await vapi.ok("POST", "/chat", body))["output"][0]["content"]


async def test_an_assistant_answers_from_ready_files_of_its_base() -> None:
    async with seeded() as vapi:
        base_id, _ = await base_with(vapi, b"The pool opens at seven.")
        tool_id = (await vapi.ok("GET", f"/v2/knowledge-base/{base_id}"))["toolId"]
        early = await answer(vapi, tool_id)
        vapi.clock.forward(3)
        later = await answer(vapi, tool_id)
        await vapi.ok("DELETE", f"/v2/knowledge-base/{base_id}")
        gone = (await vapi.ask("GET", f"/tool/{tool_id}")).status_code
    assert "seven" not in early
    assert "The pool opens at seven." in later
    assert gone == 404


async def test_a_file_is_attached_once_detached_and_indexed_again_only_after_it_failed() -> None:
    async with seeded() as vapi:
        base_id, file_id = await base_with(vapi, b"x")
        place = f"/v2/knowledge-base/{base_id}/file"
        twice = await vapi.refused("POST", place, {"fileId": file_id})
        ready = await vapi.refused("POST", f"{place}/{file_id}/retry")
        scan = next(f for f in await vapi.ok("GET", "/file") if f["status"] == "failed")
        await vapi.ok("POST", place, {"fileId": scan["id"]})
        vapi.clock.forward(3)
        states = {f["fileId"]: f["status"] for f in await vapi.ok("GET", place)}
        again = await vapi.ok("POST", f"{place}/{scan['id']}/retry")
        await vapi.ok("DELETE", f"{place}/{file_id}")
        left = await vapi.ok("GET", place)
    assert twice == "Couldn't Attach File. It Is Already Attached."
    assert ready == "Couldn't Retry File. Only A Failed File Is Indexed Again."
    assert states == {file_id: "ready", scan["id"]: "failed"}
    assert again["status"] == "indexing"
    assert [each["fileId"] for each in left] == [scan["id"]]


async def test_campaign_summaries_have_no_calls_and_contacts_come_in_order() -> None:
    async with seeded() as vapi:
        page = await vapi.ok("GET", "/v2/campaign?includeCounters=true")
        whole = await vapi.ok("GET", f"/campaign/{page['results'][0]['id']}")
        place = f"/v2/campaign/{whole['id']}"
        one = await vapi.ok("GET", place)
        contacts = await vapi.ok("GET", f"{place}/contacts?limit=2")
    assert not {"calls", "customers"} & one.keys()
    assert "contactCounters" not in one
    counted = page["results"][0]["contactCounters"]
    assert sum(counted.values()) == contacts["metadata"]["totalItems"] == len(whole["calls"])
    assert [each["callId"] for each in contacts["results"]] == list(whole["calls"])[:2]
