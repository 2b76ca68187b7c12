"""The kinds of objects, and the keys by which others refer to them."""

from __future__ import annotations

from collections.abc import Mapping

# Where objects of each kind are at Vapi.
PATHS: Mapping[str, str] = {
    "assistant": "/assistant",
    "squad": "/squad",
    "phone_number": "/phone-number",
    "tool": "/tool",
    "file": "/file",
    "call": "/call",
    "chat": "/chat",
    "session": "/session",
    "campaign": "/campaign",
    "v2_campaign": "/v2/campaign",
    "structured_output": "/structured-output",
    "scorecard": "/observability/scorecard",
    "eval": "/eval",
    "eval_run": "/eval/run",
    "knowledge_base": "/v2/knowledge-base",
    "simulation": "/eval/simulation",
    "scenario": "/eval/simulation/scenario",
    "personality": "/eval/simulation/personality",
    "suite": "/eval/simulation/suite",
    "simulation_run": "/eval/simulation/run",
    "insight": "/reporting/insight",
    "board": "/reporting/board",
}
_OTHER_PATHS = {"/v2/phone-number": "phone_number"}

# What belongs by itself: by its name, its metadata, or what it leads to.
SCOPED = frozenset({"assistant", "squad", "phone_number"})
# What is read to know what belongs.
KNOWN: tuple[str, ...] = ("assistant", "squad", "phone_number", "tool")

# What has metadata of any form, so that the pairs of a client can be put in.
TAGGED = frozenset({"assistant"})
# What lists the assistants that use it, as these refer to it.
LINKED = frozenset({"structured_output", "scorecard"})

# What others refer to only because it happened: it is no part of what they are.
_EVENTS = frozenset({"call", "chat", "session", "campaign", "eval_run", "simulation_run"})
# The keys below which users choose the names.
FREE_FORM = frozenset({"metadata", "variableValues", "variables", "properties"})

# A key that may name an assistant or a squad.
TARGET = "target"

# The kinds without a path belong only where an owned object refers to them.
_KEYS: Mapping[str, str] = {
    "assistantId": "assistant",
    "squadId": "squad",
    "phoneNumberId": "phone_number",
    "toolId": "tool",
    "fileId": "file",
    "callId": "call",
    "chatId": "chat",
    "sessionId": "session",
    "campaignId": "campaign",
    "structuredOutputId": "structured_output",
    "scorecardId": "scorecard",
    "evalId": "eval",
    "evalRunId": "eval_run",
    "knowledgeBaseId": "knowledge_base",
    "simulationId": "simulation",
    "scenarioId": "scenario",
    "personalityId": "personality",
    "insightId": "insight",
    "boardId": "board",
    "workflowId": "workflow",
    "credentialId": "credential",
    "monitorId": "monitor",
    "outcomeId": "outcome",
    "targetId": TARGET,
}
REFERENCES: Mapping[str, str] = {
    **_KEYS,
    **{f"{key}s": kind for key, kind in _KEYS.items()},
    **{f"{key}Any": kind for key, kind in _KEYS.items()},
    "allowedAssistantIds": "assistant",
    "customerId": "customer",
    "declineToolId": "tool",
    "duplicateFromCampaignId": "campaign",
    "knowledgeBaseV2Id": "knowledge_base",
    "previousChatId": "chat",
    "previous_response_id": "chat",
    "pronunciationDictId": "pronunciation",
    "pronunciationDictionaryId": "pronunciation",
    "runId": "simulation_run",
    "simulationSuiteId": "suite",
    "suiteId": "suite",
}


# What belongs because an owned object uses it.
USABLE = frozenset(REFERENCES.values()) - SCOPED - _EVENTS - {TARGET}


def kind_of(path: str) -> str:
    """Return the kind that an operation's path leads to; raises KeyError for none."""
    base = path.partition("/{")[0]
    kinds = {**{at: kind for kind, at in PATHS.items()}, **_OTHER_PATHS}
    while base not in kinds:
        base = base.rpartition("/")[0]
        if not base:
            raise KeyError(path)
    return kinds[base]
