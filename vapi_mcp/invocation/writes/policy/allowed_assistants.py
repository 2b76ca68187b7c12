"""The rule of the saved assistants that may speak."""

from __future__ import annotations

from dataclasses import dataclass

from vapi_mcp.accounts.request_types import TextList
from vapi_mcp.invocation.writes.policy.bodies import Object, overrides_in, speaking_parts
from vapi_mcp.invocation.writes.policy.rule import Case, ListRule

# Properties that choose the speaker other than by a saved assistant's id.
_OTHER_SPEAKERS = (
    "assistant",
    "squad",
    "squadId",
    "workflow",
    "workflowId",
    "squadOverrides",
    "workflowOverrides",
    "sessionId",
    "previousChatId",
    "duplicateFromCampaignId",
)
_HARMLESS_OVERRIDES = frozenset({"variableValues", "metadata"})


@dataclass(frozen=True)
class AllowedAssistants(ListRule):
    """Only these saved assistants speak, by id, and as they were saved."""

    name = "allowed_assistants"
    description = "Only these saved assistants (ids) may speak."
    field = TextList

    async def check(self, case: Case) -> None:
        """Let a write pass in which one of the assistants speaks, unchanged."""
        if (running := case.running_call) is not None:
            self._check_running(running)
            return
        if case.recipients is None and not case.write.tool.spec.speaks:
            return
        body = case.write.body
        self._check_others(body)
        self._check_chosen(body, needed=case.write.tool.spec.effect != "update")
        for overrides in overrides_in(body):
            if more := sorted(overrides.keys() - _HARMLESS_OVERRIDES):
                raise self.refusal(
                    f"assistantOverrides changes {', '.join(more)[:80]}",
                    "Its variableValues may be given.",
                )

    def _check_running(self, running: Object) -> None:
        if running.get("assistantId") not in self.value:
            raise self.refusal(
                "another assistant speaks in this call", "Control only calls of these assistants."
            )

    def _check_others(self, body: Object) -> None:
        for part in speaking_parts(body):
            if other := next((name for name in _OTHER_SPEAKERS if part.get(name)), None):
                raise self.refusal(
                    f"{other} would let another assistant speak", "Give one of them as assistantId."
                )

    def _check_chosen(self, body: Object, *, needed: bool) -> None:
        parts = speaking_parts(body)
        chosen = [part["assistantId"] for part in parts if part.get("assistantId")]
        wrong = next((each for each in chosen if each not in self.value), None)
        if wrong is not None or (not chosen and needed):
            absent = "no assistantId is given"
            why = absent if wrong is None else f"{wrong!s:.60} is not among them"
            raise self.refusal(why, "Give one of them as assistantId.")
