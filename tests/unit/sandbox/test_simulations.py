"""Simulations: a scripted caller plays against an assistant, and its checks decide."""

from __future__ import annotations

from typing import Any

from tests.support.sandbox import Driver, drive, fresh_world

CHECK = {
    "structuredOutput": {"name": "answered", "type": "ai", "schema": {"type": "boolean"}},
    "comparator": "=",
    "value": True,
}
CALLER = {"name": "Rude Rob", "assistant": {"name": "Rob"}}
SCENARIO = {
    "name": "Parking",
    "instructions": "Ask for the price of parking. Say goodbye.",
    "evaluations": [CHECK],
}


def seeded() -> Driver:
    return drive(fresh_world(7))


def knowing(words: str) -> dict[str, Any]:
    """An assistant whose prompt says this."""
    messages = [{"role": "system", "content": words}]
    model = {"provider": "openai", "model": "gpt-4.1", "messages": messages}
    return {"name": "Ada", "model": model}


async def run_against(vapi: Driver, prompt: str, **more: Any) -> Any:
    entry = {"type": "simulation", "scenario": SCENARIO, "personality": CALLER}
    target = {"type": "assistant", "assistant": knowing(prompt)}
    body = {"simulations": [entry], "target": target, **more}
    return await vapi.ok("POST", "/eval/simulation/run", body)


async def test_a_run_waits_then_talks_and_is_judged_by_what_the_assistant_knows() -> None:
    async with seeded() as vapi:
        known = await run_against(vapi, "The price of parking is five euros.")
        unknown = await run_against(vapi, "You sell cakes.")
        states: list[str] = []
        for seconds in (0, 2, 4):
            vapi.clock.forward(seconds)
            states.append((await vapi.ok("GET", f"/eval/simulation/run/{known['id']}"))["status"])
        items = [
            (await vapi.ok("GET", f"/eval/simulation/run/{run['id']}/item"))[0]
            for run in (known, unknown)
        ]
        counts = (await vapi.ok("GET", f"/eval/simulation/run/{unknown['id']}"))["itemCounts"]
    assert states == ["queued", "running", "ended"]
    assert [item["status"] for item in items] == ["passed", "failed"]
    assert items[1]["failureReason"] == "These checks failed: answered"
    assert counts == {
        "total": 1,
        "passed": 0,
        "failed": 1,
        "running": 0,
        "queued": 0,
        "canceled": 0,
    }
    said = [each["role"] for each in items[0]["metadata"]["call"]["messages"]]
    assert said == ["assistant", "user", "assistant", "user", "assistant"]
    assert "five euros" in items[0]["metadata"]["call"]["transcript"]
    assert items[0]["results"]["evaluations"][0]["extractedValue"] is True


async def test_a_suite_runs_each_of_its_simulations_as_often_as_asked() -> None:
    async with seeded() as vapi:
        scenario = await vapi.ok("POST", "/eval/simulation/scenario", SCENARIO)
        caller = await vapi.ok("POST", "/eval/simulation/personality", CALLER)
        pair = {"scenarioId": scenario["id"], "personalityId": caller["id"]}
        ids = [(await vapi.ok("POST", "/eval/simulation", pair))["id"] for _ in range(2)]
        suite = await vapi.ok(
            "POST", "/eval/simulation/suite", {"name": "All", "simulationIds": ids}
        )
        run = await vapi.ok(
            "POST",
            "/eval/simulation/run",
            {
                "simulations": [{"type": "simulationSuite", "simulationSuiteId": suite["id"]}],
                "target": {"type": "assistant", "assistant": knowing("Parking costs nothing.")},
                "iterations": 3,
            },
        )
    assert len(run["simulationRunItemIds"]) == 6
    assert run["itemCounts"]["queued"] == 6


async def test_a_canceled_run_ends_and_a_canceled_item_stays_out_of_the_verdict() -> None:
    async with seeded() as vapi:
        stopped = await run_against(vapi, "You sell cakes.")
        over = await vapi.ok("PATCH", f"/eval/simulation/run/{stopped['id']}")
        other = await run_against(vapi, "Parking is free.", iterations=2)
        item = other["simulationRunItemIds"][0]
        place = f"/eval/simulation/run/{other['id']}"
        canceled = await vapi.ok("PATCH", f"{place}/item/{item}")
        vapi.clock.forward(6)
        ended = await vapi.ok("GET", place)
        again = await vapi.refused("PATCH", place)
    assert (over["status"], over["endedReason"]) == ("ended", "canceled")
    assert over["itemCounts"]["canceled"] == 1
    assert canceled["status"] == "canceled"
    assert (ended["itemCounts"]["canceled"], ended["itemCounts"]["passed"]) == (1, 1)
    assert again == "Couldn't Cancel Simulation Run. It Has Already Ended."


async def test_suggestions_name_what_failed_and_stay_with_the_item() -> None:
    async with seeded() as vapi:
        run = await run_against(vapi, "You sell cakes.")
        place = f"/eval/simulation/run/{run['id']}/item/{run['simulationRunItemIds'][0]}"
        early = await vapi.refused("POST", f"{place}/generate")
        vapi.clock.forward(6)
        await vapi.ok("GET", "/eval/simulation/concurrency")
        told = await vapi.ok("POST", f"{place}/generate")
        kept = (await vapi.ok("GET", place))["improvementSuggestions"]
    assert early == "Couldn't Generate Suggestions. The Simulation Has No Results."
    assert told == kept
    assert told["analysis"] == "The assistant did not reach: answered."


async def test_a_running_simulation_takes_two_slots() -> None:
    async with seeded() as vapi:
        before = await vapi.ok("GET", "/eval/simulation/concurrency")
        await run_against(vapi, "You sell cakes.", iterations=2)
        vapi.clock.forward(2)
        during = await vapi.ok("GET", "/eval/simulation/concurrency")
    assert (before["activeSimulations"], before["availableToStart"]) == (0, 5)
    assert (during["activeSimulations"], during["availableToStart"]) == (4, 3)


async def test_ids_and_checks_that_lead_nowhere_are_refused() -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    async with seeded() as vapi:
        pair = {"scenarioId": nobody, "personalityId": nobody}
        told = await vapi.refused("POST", "/eval/simulation", pair)
        unchecked = await vapi.refused(
            "POST", "/eval/simulation/scenario", {**SCENARIO, "evaluations": []}
        )
        board = {"name": "B", "layout": {"columns": 6}}
        tile = {"type": "insight", "insightId": nobody, "position": {"x": 0, "y": 0}}
        tile["size"] = {"width": 1, "height": 1}
        shown = await vapi.refused("POST", "/reporting/board", {**board, "items": [tile]})
    assert told == f"Couldn't Get Scenario. `scenarioId` {nobody} Does Not Exist."
    assert unchecked == ["evaluations should not be empty"]
    assert shown == f"Couldn't Get Insight. `items.0.insightId` {nobody} Does Not Exist."


async def test_drafts_of_scenarios_are_proposed_and_not_stored() -> None:
    async with seeded() as vapi:
        (assistant, *_) = await vapi.ok("GET", "/assistant")
        before = await vapi.ok("GET", "/eval/simulation/scenario")
        body = {"assistantId": assistant["id"]}
        drafts = await vapi.ok("POST", "/eval/simulation/scenario/generate", body)
        after = await vapi.ok("GET", "/eval/simulation/scenario")
    kinds = [each["category"] for each in drafts["scenarios"]]
    assert kinds == ["happy_path", "edge_case", "failure_mode"]
    assert before == after


async def test_the_default_board_is_made_once() -> None:
    async with seeded() as vapi:
        first, second = [
            await vapi.ok("GET", "/reporting/board/default/metrics-overview") for _ in range(2)
        ]
        boards = (await vapi.ok("GET", "/reporting/board"))["results"]
    assert first == second
    assert [each["id"] for each in boards if each.get("systemKey")] == [first["id"]]
