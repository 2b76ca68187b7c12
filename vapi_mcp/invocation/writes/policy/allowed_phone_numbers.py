"""The rule of the account's own numbers that may dial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vapi_mcp.accounts.request_types import TextList
from vapi_mcp.invocation.writes.policy.bodies import dialling_parts
from vapi_mcp.invocation.writes.policy.rule import Case, ListRule


@dataclass(frozen=True)
class AllowedPhoneNumbers(ListRule):
    """Only these numbers of the account dial, by id."""

    name = "allowed_phone_numbers"
    description = "Only these phone numbers of the account (ids) may dial."
    field = TextList

    async def check(self, case: Case) -> None:
        """Let a write pass that dials from one of the numbers, or from none."""
        if (running := case.running_call) is not None:
            self._check_running(running)
            return
        if case.recipients is None:
            return
        parts = dialling_parts(case.write.body)
        if any(self._is_other(part) for part in parts):
            raise self.refusal("another number would dial", "Give one of them as phoneNumberId.")
        is_act = case.write.tool.spec.effect == "act"
        if is_act and not any(part.get("phoneNumberId") for part in parts):
            raise self.refusal("no phoneNumberId is given", "Give one of them.")

    def _check_running(self, running: Mapping[str, Any]) -> None:
        if running.get("phoneNumberId") not in self.value:
            raise self.refusal(
                "this call goes over another number", "Control only calls over these numbers."
            )

    def _is_other(self, part: Mapping[str, Any]) -> bool:
        dials = part.get("phoneNumberId")
        return bool(part.get("phoneNumber")) or (dials is not None and dials not in self.value)
