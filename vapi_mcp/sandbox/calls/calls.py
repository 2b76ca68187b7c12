"""Placing, renaming and erasing calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from starlette.responses import Response

from vapi_mcp.sandbox.calls import dialling
from vapi_mcp.sandbox.calls.artifacts import with_links
from vapi_mcp.sandbox.requests.refusals import Refusal, bad_request
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.requests.responses import json_answer
from vapi_mcp.sandbox.resources import campaigns
from vapi_mcp.sandbox.resources.crud import Handler, object_answer, present, success
from vapi_mcp.sandbox.resources.rules import number_complaint, one_of
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import to_moment
from vapi_mcp.sandbox.state.references import check_members, check_references
from vapi_mcp.sandbox.state.sandbox import Sandbox

CONCURRENCY = 10
# Bulk deletion is asynchronous; the real one may take hours.
BULK_DELAY = timedelta(seconds=5)

_SPEAKERS = ("assistantId", "assistant", "squadId", "squad", "workflowId", "workflow")


def create_call(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Place one call, or one for each of `customers` with what went wrong for the others."""
    fields = present(asked.body)
    _check_call(sandbox, fields)
    customers = fields.pop("customers", None)
    if customers is not None:
        return json_answer(_place_batch(sandbox, fields, customers, asked.base_url), 201)
    if fields.get("customer"):
        _check_customer(fields["customer"], "customer.")
    call = dialling.place(sandbox, fields, asked.base_url)
    return object_answer(sandbox, "call", call, success(asked))


def get_call(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer with a call, and with fresh links to what was recorded."""
    call = sandbox.require("call", asked.id)
    if not call.get("artifact"):
        return json_answer(dialling.controlled_here(call, asked.base_url))
    return json_answer(with_links(sandbox, call, asked.base_url))


def delete_call(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Erase a call, cancel a scheduled one, or plan a bulk deletion when the body has `ids`."""
    ids = asked.body.get("ids")
    if ids is not None:
        if not ids:
            raise bad_request(["ids should not be empty"])
        due = sandbox.now() + BULK_DELAY
        for call_id in ids:
            sandbox.agenda.add(due, "call-deletion", call_id)
        message = f"Deletion of {len(ids)} call(s) has been queued."
        return json_answer({"message": message, "ids": ids})
    call = sandbox.require("call", asked.id)
    if call.get("status") == "scheduled":
        cancelled = dialling.cancel(sandbox, call, "scheduled-call-deleted")
        if call.get("campaignId"):
            campaigns.note_call(sandbox, cancelled, sandbox.now())
        return object_answer(sandbox, "call", cancelled)
    answer = object_answer(sandbox, "call", call)
    sandbox.remove("call", asked.id)
    return answer


def erase_later(sandbox: Sandbox, call_id: str, now: datetime) -> None:
    """Erase a call of a bulk deletion; ids that lead nowhere are skipped."""
    del now
    if sandbox.find("call", call_id) is not None:
        sandbox.remove("call", call_id)


def _check_call(sandbox: Sandbox, fields: JsonObject) -> None:
    one_of(fields, _SPEAKERS)
    check_references(sandbox, fields)
    if fields.get("squad"):
        check_members(sandbox, fields["squad"], "squad.")
    if fields.get("customerId"):
        raise bad_request(
            f"Couldn't Get Customer. `customerId` {fields['customerId']} Does Not Exist."
        )
    if fields.get("assistantVersion") and not fields.get("assistantId"):
        raise bad_request("`assistantVersion` Is Supported Only With `assistantId`.")
    if not fields.get("transport"):
        one_of(fields, ("phoneNumberId", "phoneNumber"))
        one_of(fields, ("customer", "customerId", "customers"))
        if fields.get("customers") == []:
            raise bad_request(["customers should not be empty"])
    _check_plan(fields.get("schedulePlan") or {})


def _check_plan(plan: JsonObject) -> None:
    for name, value in plan.items():
        if to_moment(value) is None:
            raise bad_request([f"schedulePlan.{name} must be a valid ISO 8601 date string"])
    earliest, latest = to_moment(plan.get("earliestAt")), to_moment(plan.get("latestAt"))
    if earliest and latest and latest < earliest:
        raise bad_request("`schedulePlan.latestAt` Must Be After `schedulePlan.earliestAt`.")


def _check_customer(customer: JsonObject, prefix: str = "") -> None:
    complaint = number_complaint(customer, prefix)
    if complaint:
        raise bad_request([complaint])


def _place_batch(
    sandbox: Sandbox, fields: JsonObject, customers: list[JsonObject], base_url: str
) -> JsonObject:
    results: list[JsonObject] = []
    errors: list[JsonObject] = []
    for customer in customers:
        try:
            _check_customer(customer)
        except Refusal as refused:
            errors.append({"customer": customer, "error": refused.body["message"][0]})
        else:
            results.append(dialling.place(sandbox, {**fields, "customer": customer}, base_url))
    busy = sum(
        call.get("status") in ("queued", "ringing", "in-progress") for call in sandbox.all("call")
    )
    limits = {
        "concurrencyBlocked": busy > CONCURRENCY,
        "concurrencyLimit": CONCURRENCY,
        "remainingConcurrentCalls": max(0, CONCURRENCY - busy),
    }
    return {"subscriptionLimits": limits, "results": results, "errors": errors}


HANDLERS: Mapping[str, Handler] = {
    "POST /call": create_call,
    "GET /call/{id}": get_call,
    "DELETE /call/{id}": delete_call,
}
