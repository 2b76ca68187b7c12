"""What Vapi's models propose about simulations: scenarios, and improvements after a test."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.requests.responses import json_answer
from vapi_mcp.sandbox.resources.assistants import speaking_assistant
from vapi_mcp.sandbox.resources.crud import Handler, success
from vapi_mcp.sandbox.resources.rules import one_of
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.references import check_references
from vapi_mcp.sandbox.state.sandbox import Sandbox

_DRAFTS = (
    ("happy_path", "Usual request", "Ask for what {name} is there for, and thank for the answer."),
    ("edge_case", "Change of mind", "Ask {name} for something. Then change your mind twice."),
    ("failure_mode", "Unknown topic", "Ask {name} about the weather. Insist on an answer."),
)


def generate(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Propose three scenarios for an assistant or squad; nothing is stored."""
    one_of(asked.body, ("assistantId", "squadId"))
    check_references(sandbox, asked.body)
    assistant = speaking_assistant(sandbox, asked.body) or {}
    name = assistant.get("name") or "the assistant"
    scenarios = [
        {
            "name": f"{title}: {name}",
            "instructions": instructions.format(name=name),
            "category": category,
            "reasoning": f"Shows how {name} answers in a case of kind {category}.",
        }
        for category, title, instructions in _DRAFTS
    ]
    notes = "One usual case, one edge case and one failure."
    return json_answer({"scenarios": scenarios, "coverageNotes": notes}, success(asked))


def improvements(item: JsonObject) -> JsonObject:
    """Return suggestions for what failed in a conversation."""
    failed = [each["name"] for each in item["results"]["evaluations"] if not each["passed"]]
    if not failed:
        empty = {f"{kind}Suggestions": [] for kind in ("systemPrompt", "tool", "scenario")}
        return {"analysis": "All checks passed.", **empty}
    return {
        "analysis": f"The assistant did not reach: {', '.join(failed)}.",
        "systemPromptSuggestions": [
            {
                "issue": f"{name} has another value than expected.",
                "suggestion": f"Say in the system prompt how the assistant reaches {name}.",
            }
            for name in failed
        ],
        "toolSuggestions": [],
        "scenarioSuggestions": [],
    }


HANDLERS: Mapping[str, Handler] = {"POST /eval/simulation/scenario/generate": generate}
