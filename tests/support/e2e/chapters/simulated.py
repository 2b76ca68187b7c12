"""What only the full catalogue has: simulations, knowledge bases, boards, campaign summaries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.e2e.story import Noun, Story

SCENARIO = Noun("simulation_scenario", "simulation_scenarios")
PERSONALITY = Noun("simulation_personality", "simulation_personalities")
SIMULATION = Noun("simulation", "simulations")
SUITE = Noun("simulation_suite", "simulation_suites")
RUN = Noun("simulation_run", "simulation_runs")
BASE = Noun("knowledge_base", "knowledge_bases")
BOARD = Noun("reporting_board", "reporting_boards")
CAMPAIGN = Noun("v2_campaign", "v2_campaigns")

_CHECK = {
    "structuredOutput": {"name": "answered", "type": "ai", "schema": {"type": "boolean"}},
    "comparator": "=",
    "value": True,
}


async def start_a_run(story: Story) -> tuple[str, dict[str, str]]:
    """Make all parts of a simulation, change each, run them; return the run and the parts."""
    (assistant, *_) = await story.walk("list_all_vapi_assistants", limit=1000)
    drafts = await story.ok("create_a_vapi_scenario_generation", assistantId=assistant["id"])
    draft = drafts["scenarios"][0]
    words = {"name": draft["name"], "instructions": draft["instructions"]}
    scenario = await story.create(SCENARIO, **words, evaluations=[_CHECK])
    await story.update(SCENARIO, scenario["id"], instructions="Ask for the opening hours.")
    caller = await story.create(PERSONALITY, name="Rude Rob", assistant={"name": "Rob"})
    await story.update(PERSONALITY, caller["id"], name="Polite Pat")
    pair = {"scenarioId": scenario["id"], "personalityId": caller["id"]}
    simulation = await story.create(SIMULATION, name="Hours", **pair)
    await story.update(SIMULATION, simulation["id"], name="Opening hours")
    suite = await story.create(SUITE, name="All", simulationIds=[simulation["id"]])
    await story.update(SUITE, suite["id"], name="Before a release")
    room = await story.ok("get_single_vapi_simulation_concurrency")
    assert room["availableToStart"] > 0
    run = await story.ok(
        "create_a_vapi_simulation_run",
        simulations=[{"type": "simulationSuite", "simulationSuiteId": suite["id"]}],
        target={"type": "assistant", "assistantId": assistant["id"]},
        iterations=2,
    )
    await _cancel(story, assistant["id"], simulation["id"])
    parts = {"scenario": scenario, "caller": caller, "simulation": simulation, "suite": suite}
    return run["id"], {name: part["id"] for name, part in parts.items()}


async def _cancel(story: Story, assistant_id: str, simulation_id: str) -> None:
    run = await story.ok(
        "create_a_vapi_simulation_run",
        simulations=[{"type": "simulation", "simulationId": simulation_id}],
        target={"type": "assistant", "assistantId": assistant_id},
        iterations=2,
    )
    item = run["simulationRunItemIds"][0]
    stopped = await story.ok("update_a_vapi_simulation_run_item_by_id", id=run["id"], itemId=item)
    assert stopped["status"] == "canceled"
    over = await story.ok("update_a_vapi_simulation_run_by_id", id=run["id"])
    assert over["status"] == "ended"
    assert over["itemCounts"]["canceled"] == 2


async def see_a_run_end(story: Story, run_id: str, parts: dict[str, str]) -> None:
    """Wait for the verdict, read the conversations, delete every part."""
    read = "get_single_vapi_simulation_run_by_id"
    run = await story.until(lambda found: found["status"] == "ended", read, id=run_id)
    counts = run["itemCounts"]
    assert counts["passed"] + counts["failed"] == counts["total"] == 2
    assert run_id in await story.ids(RUN)
    items = await story.walk("list_all_vapi_simulation_run_items", id=run_id)
    place = {"id": run_id, "itemId": items[0]["id"]}
    item = await story.ok("get_single_vapi_simulation_run_item_by_id", **place)
    assert "opening hours" in item["metadata"]["call"]["transcript"]
    told = await story.ok("create_a_vapi_simulation_run_item_suggestion", **place)
    assert told["analysis"]
    for noun, name in (
        (SUITE, "suite"),
        (SIMULATION, "simulation"),
        (PERSONALITY, "caller"),
        (SCENARIO, "scenario"),
    ):
        await story.delete(noun, parts[name])


async def keep_a_knowledge_base(story: Story) -> tuple[str, str]:
    """Make a base with a file that is being indexed; return their ids."""
    base = await story.create(BASE, name="House")
    await story.update(BASE, base["id"], description="All about the house.")
    told = await story.ok("update_a_vapi_knowledge_base_by_id", id=base["id"], name="Home")
    assert [each["path"] for each in told["changed"]] == ["name"]
    files = await story.walk("list_all_vapi_files")
    scan = next(file["id"] for file in files if file["status"] == "failed")
    file = next(file["id"] for file in files if file["status"] == "done")
    for each in (file, scan):
        made = await story.ok("create_a_vapi_knowledge_base_file", id=base["id"], fileId=each)
        assert made["status"] == "indexing"
    return base["id"], scan


async def drop_a_knowledge_base(story: Story, kept: tuple[str, str]) -> None:
    """Retry the file that failed, detach it, delete the base with its tool."""
    base_id, scan = kept

    def is_settled(found: Any) -> bool:
        return {file["status"] for file in found["result"]} == {"ready", "failed"}

    await story.until(is_settled, "list_all_vapi_knowledge_base_files", id=base_id)
    place = {"id": base_id, "fileId": scan}
    again = await story.ok("create_a_vapi_knowledge_base_file_retry", **place)
    assert again["status"] == "indexing"
    await story.ok("delete_a_vapi_knowledge_base_file_by_id", **place)
    found = await story.get(BASE, base_id)
    assert len(found["files"]) == 1
    await story.ok("get_single_vapi_tool_by_id", id=found["toolId"])
    await story.delete(BASE, base_id)


async def keep_a_board(story: Story) -> None:
    """Show an insight on a page of the dashboard, and take the page away."""
    (insight, *_) = await story.walk("list_all_vapi_reporting_insights")
    size = {"position": {"x": 0, "y": 0}, "size": {"width": 3, "height": 2}}
    tile = {"type": "insight", "insightId": insight["id"], **size}
    board = await story.create(BOARD, name="Screen", layout={"columns": 6}, items=[tile])
    await story.update(BOARD, board["id"], name="Big screen")
    await story.delete(BOARD, board["id"])
    usual = await story.ok("get_single_vapi_default_reporting_board")
    assert usual["items"]


async def see_campaign_summaries(story: Story) -> None:
    """Plan a campaign for tomorrow, see whom it calls, stop it and delete it."""
    numbers = await story.walk("list_all_vapi_phone_numbers", fields=["id", "provider"])
    (assistant, *_) = await story.walk("list_all_vapi_assistants", limit=1000)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made = await story.ok(
        "create_a_vapi_v2_campaign",
        name="Later",
        assistantId=assistant["id"],
        phoneNumberId=next(n["id"] for n in numbers if n["provider"] == "twilio"),
        customers=[{"number": "+14155550191"}, {"number": "+14155550192"}],
        schedulePlan={"earliestAt": tomorrow},
    )
    found = await story.find(CAMPAIGN, made["id"])
    assert "calls" not in found
    counted = await story.ok(
        "get_single_vapi_v2_campaign_by_id", id=made["id"], includeCounters=True
    )
    assert counted["contactCounters"]["pending"] == 2
    contacts = await story.walk("list_all_vapi_v2_campaign_contacts", id=made["id"])
    assert [each["number"] for each in contacts] == ["+14155550191", "+14155550192"]
    stopped = await story.ok("update_a_vapi_v2_campaign_by_id", id=made["id"], status="cancelled")
    assert {each["path"] for each in stopped["changed"]} == {"status", "endedReason"}
    await story.delete(CAMPAIGN, made["id"])
