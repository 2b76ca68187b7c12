"""Running structured outputs over calls that have ended, and changing their definitions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from starlette.responses import Response

from vapi_mcp.sandbox.requests.refusals import bad_request
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.requests.responses import json_answer
from vapi_mcp.sandbox.resources.crud import Handler, object_answer, present, replaced, success
from vapi_mcp.sandbox.resources.extraction import extract, unmet_condition
from vapi_mcp.sandbox.resources.rules import one_of, prepare_structured_output
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.references import check_references, unresolved
from vapi_mcp.sandbox.state.sandbox import Sandbox

MAX_CALLS = 100


def update_output(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Change a definition; its top-level type only with `schemaOverride=true`."""
    stored = sandbox.require("structured-output", asked.id)
    changes = prepare_structured_output(sandbox, asked.body, stored)
    old, new = stored["schema"].get("type"), (changes.get("schema") or {}).get("type")
    if new and new != old and asked.query.get("schemaOverride") != "true":
        raise bad_request(
            f"Changing The Top-Level Schema Type From {old} To {new} Needs `schemaOverride=true`."
        )
    output = replaced(sandbox, stored, changes)
    sandbox.put("structured-output", output)
    return object_answer(sandbox, "structured-output", output)


def run_output(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Return the value for one call (preview), or write it into up to 100 calls."""
    body = present(asked.body)
    output = _output_of(sandbox, body)
    calls = _calls_of(sandbox, body["callIds"])
    if body.get("previewEnabled"):
        if len(calls) != 1:
            raise bad_request("`callIds` Must Contain Exactly 1 Call When Previewing.")
        return json_answer(_preview(output, calls[0]), success(asked))
    if len(calls) > MAX_CALLS:
        raise bad_request([f"callIds must contain no more than {MAX_CALLS} elements"])
    for call in calls:
        _write(sandbox, output, call)
    message = f"Structured output rerun started for {len(calls)} call(s)."
    return json_answer({"workflowId": str(uuid.uuid4()), "message": message}, success(asked))


def _output_of(sandbox: Sandbox, body: JsonObject) -> JsonObject:
    one_of(body, ("structuredOutputId", "structuredOutput"))
    check_references(sandbox, body)
    if body.get("structuredOutput"):
        fields = prepare_structured_output(sandbox, body["structuredOutput"], None)
        return {"id": str(uuid.uuid4()), **fields}
    return sandbox.require("structured-output", body["structuredOutputId"])


def _calls_of(sandbox: Sandbox, call_ids: list[str]) -> list[JsonObject]:
    if not call_ids:
        raise bad_request(["callIds should not be empty"])
    calls: list[JsonObject] = []
    for call_id in call_ids:
        call = sandbox.find("call", call_id)
        if call is None:
            raise unresolved("Call", "callIds", call_id)
        if call.get("status") != "ended":
            raise bad_request(f"Call {call_id} Has Not Ended Yet.")
        calls.append(call)
    return calls


def _preview(output: JsonObject, call: JsonObject) -> JsonObject:
    unmet = unmet_condition(output, call)
    if unmet:
        return {"skipped": {output["id"]: {"name": output["name"], "unmetCondition": unmet}}}
    return {output["id"]: {"name": output["name"], "result": extract(output, call)}}


def _write(sandbox: Sandbox, output: JsonObject, call: JsonObject) -> None:
    """Replace the value of this one output in a call's artifact."""
    found = _preview(output, call)
    artifact: JsonObject = dict(call.get("artifact") or {})
    place = "skippedStructuredOutputs" if "skipped" in found else "structuredOutputs"
    artifact[place] = {**(artifact.get(place) or {}), **found.get("skipped", found)}
    stamp = sandbox.stamp()
    artifact["structuredOutputsLastUpdatedAt"] = stamp
    sandbox.put("call", {**call, "artifact": artifact, "updatedAt": stamp})


HANDLERS: Mapping[str, Handler] = {
    "PATCH /structured-output/{id}": update_output,
    "POST /structured-output/run": run_output,
}
