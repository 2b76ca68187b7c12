"""The keys of Vapi's objects that hold ids, and the kinds of objects that they name."""

from __future__ import annotations

import re

from vapi_mcp.registry.tool import Tool

# The kind of the ids of a path: the longest beginning counts.
PATHS = {
    "/assistant": "assistant",
    "/squad": "squad",
    "/call": "call",
    "/chat": "chat",
    "/campaign": "campaign",
    "/v2/campaign": "campaign",
    "/session": "session",
    "/phone-number": "phone-number",
    "/v2/phone-number": "phone-number",
    "/tool": "tool",
    "/file": "file",
    "/structured-output": "structured-output",
    "/reporting/insight": "insight",
    "/reporting/board": "board",
    "/eval": "eval",
    "/eval/run": "eval-run",
    "/eval/simulation": "simulation",
    "/eval/simulation/scenario": "simulation-scenario",
    "/eval/simulation/personality": "simulation-personality",
    "/eval/simulation/suite": "simulation-suite",
    "/eval/simulation/run": "simulation-run",
    "/observability/scorecard": "scorecard",
    "/provider": "provider-resource",
    "/v2/knowledge-base": "knowledge-base",
}
KEYS = {
    "assistantId": "assistant",
    "assistantIds": "assistant",
    "squadId": "squad",
    "phoneNumberId": "phone-number",
    "toolId": "tool",
    "toolIds": "tool",
    "fileId": "file",
    "fileIds": "file",
    "knowledgeBaseId": "knowledge-base",
    "structuredOutputId": "structured-output",
    "structuredOutputIds": "structured-output",
    "scorecardIds": "scorecard",
    "credentialId": "credential",
    "credentialIds": "credential",
    "callId": "call",
    "callIds": "call",
    "chatId": "chat",
    "previousChatId": "chat",
    "sessionId": "session",
    "campaignId": "campaign",
    "duplicateFromCampaignId": "campaign",
    "evalId": "eval",
    "insightId": "insight",
    "simulationId": "simulation",
    "simulationIds": "simulation",
    "simulationSuiteId": "simulation-suite",
    "scenarioId": "simulation-scenario",
    "personalityId": "simulation-personality",
    "runId": "simulation-run",
    "itemId": "simulation-run-item",
    "targetId": "assistant",
    "resourceId": "provider-resource",
}
_VARIABLE = re.compile(r"/\{.*")


def kind_of(tool: Tool) -> str | None:
    """Return the kind of the objects that a tool is about."""
    path = _VARIABLE.sub("", tool.operation.path)
    while path and path not in PATHS:
        path = path.rpartition("/")[0]
    return PATHS.get(path)
