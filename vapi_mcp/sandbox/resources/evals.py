"""Eval runs: a mock conversation held against an assistant, queued, then running, then judged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from vapi_mcp.sandbox.calls.billing import chat_costs
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.resources.assistants import speaking_assistant, variables_of
from vapi_mcp.sandbox.resources.crud import Handler, object_answer, present, success
from vapi_mcp.sandbox.resources.knowledge_bases import known_to
from vapi_mcp.sandbox.resources.replies import reply
from vapi_mcp.sandbox.resources.rules import one_of
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import stored_moment, to_text
from vapi_mcp.sandbox.state.references import check_members, check_references
from vapi_mcp.sandbox.state.sandbox import Sandbox

QUEUED = timedelta(seconds=1)
RUNNING = timedelta(seconds=4)


def create_run(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Queue a run of a saved or transient eval."""
    body = present(asked.body)
    one_of(body, ("evalId", "eval"))
    check_references(sandbox, body)
    target = body["target"]
    kind = target["type"]
    one_of(target, (f"{kind}Id", kind))
    check_references(sandbox, target, "target.")
    if target.get("squad"):
        check_members(sandbox, target["squad"], "target.squad.")
    run = sandbox.create("eval-run", {**body, "status": "queued", "results": []})
    run.pop("updatedAt")
    sandbox.put("eval-run", run)
    sandbox.agenda.add(sandbox.now() + QUEUED, "eval-run", run["id"])
    return object_answer(sandbox, "eval-run", run, success(asked))


def advance(sandbox: Sandbox, run_id: str, now: datetime) -> datetime | None:
    """Bring a run to where it is at this instant; return when it changes next."""
    run = sandbox.find("eval-run", run_id)
    if run is None or run.get("status") not in ("queued", "running"):
        return None
    created = stored_moment(run["createdAt"])
    started, ended = created + QUEUED, created + QUEUED + RUNNING
    if now < started:
        return started
    begun = {**run, "startedAt": run.get("startedAt") or to_text(started)}
    if now < ended:
        sandbox.put("eval-run", {**begun, "status": "running"})
        return ended
    sandbox.put("eval-run", {**begun, **_conclusion(sandbox, begun, ended)})
    return None


def _conclusion(sandbox: Sandbox, run: JsonObject, ended: datetime) -> JsonObject:
    over: JsonObject = {"status": "ended", "endedAt": to_text(ended), "cost": 0, "costs": []}
    definition = run.get("eval") or sandbox.find("eval", run.get("evalId"))
    assistant = speaking_assistant(sandbox, run["target"])
    if definition is None or assistant is None:
        missing = "eval" if definition is None else "target"
        message = f"The {missing} of this run does not exist any more."
        return {**over, "endedReason": "error", "endedMessage": message}
    messages, passed = _converse(sandbox, assistant, definition["messages"])
    result = {
        "status": "pass" if passed else "fail",
        "messages": messages,
        "startedAt": run["startedAt"],
        "endedAt": to_text(ended),
    }
    spoken = [str(m.get("content") or "") for m in messages]
    costs = chat_costs(assistant, spoken, " ".join(spoken))
    return {**over, **costs, "endedReason": "mockConversation.done", "results": [result]}


def _converse(
    sandbox: Sandbox, assistant: JsonObject, script: list[JsonObject]
) -> tuple[list[JsonObject], bool]:
    """Play the script; the assistant speaks where a message is to be judged."""
    said: list[JsonObject] = []
    passed = True
    for message in script:
        if message.get("judgePlan") is None:
            said.append(message)
            continue
        turn = _turn(sandbox, assistant, message, said)
        said.append(turn)
        passed = passed and turn["judge"]["status"] == "pass"
        if not passed and (message.get("continuePlan") or {}).get("exitOnFailureEnabled"):
            break
    return said, passed


def _turn(
    sandbox: Sandbox, assistant: JsonObject, message: JsonObject, said: list[JsonObject]
) -> JsonObject:
    """Let the assistant speak, or call the tools that are expected if it has them."""
    plan = message["judgePlan"]
    wanted: list[JsonObject] = plan.get("toolCalls") or []
    if wanted:
        missing = _missing_tools(sandbox, assistant, wanted)
        reason = f"The assistant has no tool named {', '.join(missing)}"
        judged = {"status": "fail", "failureReason": reason} if missing else {"status": "pass"}
        made = [call for call in wanted if call["name"] not in missing]
        return {"role": message["role"], "toolCalls": made, "judge": judged}
    known = known_to(sandbox, assistant)
    answer = reply(assistant, _last_question(said), variables_of(assistant), known)
    return {"role": message["role"], "content": answer, "judge": _judged(plan, answer)}


def _judged(plan: JsonObject, answer: str) -> JsonObject:
    """Judge an answer; a model's judgement is simulated and always favourable."""
    if plan["type"] == "exact":
        passed = answer.strip() == plan["content"].strip()
        reason = f"Expected exactly: {plan['content']}"
    elif plan["type"] == "regex":
        passed = _search(plan["content"], answer)
        reason = f"Expected a match of: {plan['content']}"
    else:
        return {"status": "pass"}
    return {"status": "pass"} if passed else {"status": "fail", "failureReason": reason}


def _search(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


def _missing_tools(sandbox: Sandbox, assistant: JsonObject, wanted: list[JsonObject]) -> list[str]:
    """Return the names of wanted tool calls that the assistant has no tool for."""
    model = assistant.get("model") or {}
    saved = (sandbox.find("tool", tool_id) for tool_id in model.get("toolIds") or ())
    tools = [tool for tool in (*(model.get("tools") or ()), *saved) if tool]
    known = {name for tool in tools for name in (tool.get("name"), tool["type"])}
    known |= {(tool.get("function") or {}).get("name") for tool in tools}
    return [call["name"] for call in wanted if call["name"] not in known]


def _last_question(said: list[JsonObject]) -> str:
    asked: list[Any] = [m.get("content") for m in said if m.get("role") == "user"]
    return str(asked[-1] or "") if asked else ""


HANDLERS: Mapping[str, Handler] = {"POST /eval/run": create_run}
