"""Runs of simulations: queued, then running, then judged, or canceled in between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from starlette.responses import Response

from vapi_mcp.sandbox.requests.filters import Filter, equals
from vapi_mcp.sandbox.requests.pagination import array_answer
from vapi_mcp.sandbox.requests.refusals import bad_request, not_found
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.requests.responses import json_answer
from vapi_mcp.sandbox.resources.crud import Handler, object_answer, present, success
from vapi_mcp.sandbox.resources.rules import one_of
from vapi_mcp.sandbox.simulations.items import (
    ITEM,
    begin,
    cancel,
    conclude,
    counts_of,
    items_of,
    parts_of,
    queue_item,
)
from vapi_mcp.sandbox.simulations.proposals import improvements
from vapi_mcp.sandbox.state.collection import Collection, JsonObject
from vapi_mcp.sandbox.state.dates import stored_moment, to_text
from vapi_mcp.sandbox.state.references import check_members, check_references
from vapi_mcp.sandbox.state.sandbox import Sandbox

RUN = "simulation-run"
QUEUED = timedelta(seconds=1)
RUNNING = timedelta(seconds=4)
SLOTS = 10

_DASHBOARD = "https://dashboard.vapi.ai/simulations/runs"
_ITEM_FILTERS: Mapping[str, Filter] = {
    "status": equals("status"),
    "simulationId": equals("simulationId"),
    "runId": equals("runId"),
}


def create_run(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Queue a run of saved or inline simulations and suites against an assistant or squad."""
    body = present(asked.body)
    _check_target(sandbox, body["target"])
    parts = list(parts_of(sandbox, body["simulations"]))
    if not parts:
        raise bad_request(["simulations should not be empty"])
    stamp = sandbox.stamp()
    fields = {"iterations": 1, **body, "status": "queued", "queuedAt": stamp}
    run: JsonObject = sandbox.create(RUN, fields)
    repeated = range(1, int(run["iterations"]) + 1)
    items = [queue_item(sandbox, run, part, number) for number in repeated for part in parts]
    run = {**run, "itemCounts": counts_of(items)}
    sandbox.put(RUN, run)
    sandbox.agenda.add(sandbox.now() + QUEUED, RUN, str(run["id"]))
    ids = [item["id"] for item in items]
    told = {**run, "simulationRunItemIds": ids, "url": f"{_DASHBOARD}/{run['id']}"}
    return json_answer(told, success(asked))


def cancel_run(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Stop what of a run has not ended."""
    run = sandbox.require(RUN, asked.id)
    if run["status"] == "ended":
        raise bad_request("Couldn't Cancel Simulation Run. It Has Already Ended.")
    for item in items_of(sandbox, run["id"]):
        cancel(sandbox, item)
    return object_answer(sandbox, RUN, _ended(sandbox, run, sandbox.now(), "canceled"))


def list_items(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer with the items of one run."""
    sandbox.require(RUN, asked.id)
    found = Collection({item["id"]: item for item in items_of(sandbox, asked.id)})
    return array_answer(found, asked.query, _ITEM_FILTERS)


def get_item(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer with one item, conversation and all."""
    return object_answer(sandbox, ITEM, _item(sandbox, asked))


def cancel_item(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Stop one item; the last one ends its run."""
    item = cancel(sandbox, _item(sandbox, asked))
    return object_answer(sandbox, ITEM, item)


def suggest(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Propose improvements after a conversation that ended, and keep them with the item."""
    item = _item(sandbox, asked)
    if "results" not in item:
        raise bad_request("Couldn't Generate Suggestions. The Simulation Has No Results.")
    kept = item.get("improvementSuggestions")
    found = kept if kept and asked.query.get("force") != "true" else improvements(item)
    sandbox.put(ITEM, {**item, "improvementSuggestions": found})
    return json_answer(found, success(asked))


def concurrency(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer how much room there is; each simulation takes two slots."""
    del asked
    active = 2 * sum(item["status"] == "running" for item in sandbox.all(ITEM))
    stamp = sandbox.stamp()
    return json_answer(
        {
            "orgId": sandbox.world.org_id,
            "concurrencyLimit": SLOTS,
            "activeSimulations": active,
            "availableToStart": max(0, SLOTS - active) // 2,
            "createdAt": stamp,
            "updatedAt": stamp,
            "isDefault": True,
        }
    )


def advance(sandbox: Sandbox, run_id: str, now: datetime) -> datetime | None:
    """Bring a run to where it is at this instant; return when it changes next."""
    run = sandbox.find(RUN, run_id)
    if run is None or run.get("status") not in ("queued", "running"):
        return None
    started = stored_moment(run["queuedAt"]) + QUEUED
    ended = started + RUNNING
    if now < started:
        return started
    for item in items_of(sandbox, run_id):
        begin(sandbox, item, started)
    begun = {**run, "status": "running", "startedAt": to_text(started)}
    sandbox.put(RUN, {**begun, "itemCounts": counts_of(items_of(sandbox, run_id))})
    if now < ended:
        return ended
    for item in items_of(sandbox, run_id):
        conclude(sandbox, run, item, ended)
    _ended(sandbox, begun, ended, "completed")
    return None


def _ended(sandbox: Sandbox, run: JsonObject, moment: datetime, reason: str) -> JsonObject:
    counts, stamp = counts_of(items_of(sandbox, run["id"])), to_text(moment)
    over = {"status": "ended", "endedAt": stamp, "endedReason": reason, "updatedAt": stamp}
    run = {**run, **over, "itemCounts": counts}
    sandbox.put(RUN, run)
    return run


def _item(sandbox: Sandbox, asked: SandboxRequest) -> JsonObject:
    sandbox.require(RUN, asked.id)
    item = sandbox.find(ITEM, asked.path["itemId"])
    if item is None or item["runId"] != asked.id:
        raise not_found("Simulation run item", asked.path["itemId"])
    return item


def _check_target(sandbox: Sandbox, target: JsonObject) -> None:
    kind = target["type"]
    one_of(target, (f"{kind}Id", kind))
    check_references(sandbox, target, "target.")
    if target.get("squad"):
        check_members(sandbox, target["squad"], "target.squad.")


HANDLERS: Mapping[str, Handler] = {
    "POST /eval/simulation/run": create_run,
    "PATCH /eval/simulation/run/{id}": cancel_run,
    "GET /eval/simulation/run/{id}/item": list_items,
    "GET /eval/simulation/run/{id}/item/{itemId}": get_item,
    "PATCH /eval/simulation/run/{id}/item/{itemId}": cancel_item,
    "POST /eval/simulation/run/{id}/item/{itemId}/generate": suggest,
    "GET /eval/simulation/concurrency": concurrency,
}
