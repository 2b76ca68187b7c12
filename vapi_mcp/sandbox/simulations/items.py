"""The items of a simulation run: one conversation each, on its way from queued to judged."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from vapi_mcp.sandbox.requests.refusals import bad_request
from vapi_mcp.sandbox.resources.assistants import speaking_assistant
from vapi_mcp.sandbox.resources.rules import one_of
from vapi_mcp.sandbox.simulations.talk import judged, talk, transcript_of
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import to_text
from vapi_mcp.sandbox.state.references import check_references, unresolved
from vapi_mcp.sandbox.state.sandbox import Sandbox

ITEM = "simulation-run-item"
UNDER_WAY = ("queued", "running", "evaluating")


def items_of(sandbox: Sandbox, run_id: str) -> list[JsonObject]:
    """Return the items of a run, oldest first."""
    found = [item for item in sandbox.all(ITEM) if item.get("runId") == run_id]
    return sorted(found, key=lambda item: (item["iterationNumber"], item["createdAt"], item["id"]))


def counts_of(items: list[JsonObject]) -> JsonObject:
    """Return `itemCounts` of a run."""
    states = Counter(item["status"] for item in items)
    return {
        "total": len(items),
        "passed": states["passed"],
        "failed": states["failed"],
        "running": states["running"] + states["evaluating"],
        "queued": states["queued"],
        "canceled": states["canceled"],
    }


def parts_of(sandbox: Sandbox, entries: list[JsonObject]) -> Iterator[JsonObject]:
    """Yield what each conversation of a run is made of: its simulation, scenario and caller."""
    for index, entry in enumerate(entries):
        place = f"simulations.{index}."
        check_references(sandbox, entry, place)
        if entry["type"] == "simulationSuite":
            suite = sandbox.find("simulation-suite", entry.get("simulationSuiteId"))
            if suite is None:
                named = entry.get("simulationSuiteId")
                raise unresolved("Simulation Suite", f"{place}simulationSuiteId", named)
            for simulation_id in suite["simulationIds"]:
                yield _saved(sandbox, simulation_id, place)
        elif entry.get("simulationId"):
            yield _saved(sandbox, entry["simulationId"], place)
        else:
            yield _unsaved(sandbox, entry)


def queue_item(sandbox: Sandbox, run: JsonObject, part: JsonObject, number: int) -> JsonObject:
    """Store one conversation that waits for its start."""
    snapshots = {name: part[name] for name in ("scenario", "personality")}
    fields: JsonObject = {
        "runId": run["id"],
        "simulationId": part["simulationId"],
        "scenarioId": part["scenario"].get("id"),
        "personalityId": part["personality"].get("id"),
        "status": "queued",
        "queuedAt": run["queuedAt"],
        "iterationNumber": number,
        "metadata": snapshots,
    }
    return sandbox.create(ITEM, {key: value for key, value in fields.items() if value is not None})


def begin(sandbox: Sandbox, item: JsonObject, moment: datetime) -> None:
    """Start an item that waits."""
    if item["status"] == "queued":
        sandbox.put(ITEM, {**item, "status": "running", "startedAt": to_text(moment)})


def conclude(sandbox: Sandbox, run: JsonObject, item: JsonObject, moment: datetime) -> None:
    """Hold the conversation of an item and judge it."""
    if item["status"] not in UNDER_WAY:
        return
    scenario: JsonObject = item["metadata"]["scenario"]
    overrides = scenario.get("targetOverrides")
    target = {**run["target"], **({"assistantOverrides": overrides} if overrides else {})}
    assistant = speaking_assistant(sandbox, target)
    stamp = to_text(moment)
    if assistant is None:
        reason = "The target of this run does not exist any more."
        over = {"status": "failed", "failedAt": stamp, "failureReason": reason}
        sandbox.put(ITEM, {**item, **over, "updatedAt": stamp})
        return
    messages = talk(sandbox, assistant, scenario)
    results = judged(sandbox, scenario, messages, item["id"])
    call = {"transcript": transcript_of(messages), "messages": messages}
    metadata = {**item["metadata"], "assistant": assistant, "call": call}
    ended = {"metadata": metadata, "results": results, "completedAt": stamp, "updatedAt": stamp}
    sandbox.put(ITEM, {**item, **ended, **_verdict(results, stamp)})


def cancel(sandbox: Sandbox, item: JsonObject) -> JsonObject:
    """Stop an item; one that ended stays as it is."""
    if item["status"] not in UNDER_WAY:
        return item
    stamp = sandbox.stamp()
    item = {**item, "status": "canceled", "canceledAt": stamp, "updatedAt": stamp}
    sandbox.put(ITEM, item)
    return item


def _verdict(results: JsonObject, stamp: str) -> JsonObject:
    if results["passed"]:
        return {"status": "passed"}
    failed: list[Any] = [
        each["name"] for each in results["evaluations"] if each["required"] and not each["passed"]
    ]
    reason = f"These checks failed: {', '.join(failed)}"
    return {"status": "failed", "failedAt": stamp, "failureReason": reason}


def _saved(sandbox: Sandbox, simulation_id: str, place: str) -> JsonObject:
    simulation = sandbox.find("simulation", simulation_id)
    if simulation is None:
        raise unresolved("Simulation", f"{place}simulationId", simulation_id)
    scenario = sandbox.find("simulation-scenario", simulation["scenarioId"])
    personality = sandbox.find("simulation-personality", simulation["personalityId"])
    if scenario is None or personality is None:
        raise bad_request(f"{place}simulationId Has No Scenario Or No Personality Any More.")
    return {"simulationId": simulation_id, "scenario": scenario, "personality": personality}


def _unsaved(sandbox: Sandbox, entry: JsonObject) -> JsonObject:
    one_of(entry, ("scenarioId", "scenario"))
    one_of(entry, ("personalityId", "personality"))
    return {
        "simulationId": str(uuid.uuid4()),
        "scenario": entry.get("scenario")
        or sandbox.require("simulation-scenario", entry["scenarioId"]),
        "personality": entry.get("personality")
        or sandbox.require("simulation-personality", entry["personalityId"]),
    }
