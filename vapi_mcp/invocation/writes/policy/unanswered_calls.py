"""The rule that stops calls to a person who does not answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.arguments.aside import aside
from vapi_mcp.invocation.writes.newest_calls import EndedCall, calls_since
from vapi_mcp.invocation.writes.policy.phone_number import PhoneNumber, parse_number
from vapi_mcp.invocation.writes.policy.rule import Case, Rule
from vapi_mcp.invocation.writes.schedule import text_of

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class UnansweredCallsInARow(Rule[int]):
    """No call to a number whose latest calls of a day, so many of them, were not answered."""

    name = "unanswered_calls_in_a_row"
    description = "No more calls to a person who left this many calls in a row unanswered in a day."
    field = Annotated[int, Field(ge=1, le=100)]

    async def check(self, case: Case) -> None:
        """Let a write pass whose people answered one of their latest calls, or had too few."""
        if case.recipients is None or not case.write.tool.spec.dials:
            return
        people = await case.people(self)
        ended = await calls_since(case.write.call, case.now - _DAY)
        if ended is None:
            raise self.refusal(
                "Vapi does not say how the latest calls ended", "Try again in a moment."
            )
        starts = max(case.recipients.starts_at or case.now, case.now)
        recent = [each for each in ended if each.began_at > starts - _DAY]
        await aside(case.write.body, self._check_each, people, recent)

    def _check_each(self, people: list[PhoneNumber], ended: Iterable[EndedCall]) -> None:
        rows = _rows_of_silence(ended)
        for person in people:
            row = rows.get(person.e164, [])
            if len(row) >= self.value:
                raise self._silent(person, row)

    def _silent(self, person: PhoneNumber, row: list[EndedCall]) -> WriteHeld:
        reasons = ", ".join(dict.fromkeys(each.reason[:60] for each in row[: self.value]))
        later = text_of(row[self.value - 1].began_at + _DAY + timedelta(seconds=1))
        return self.refusal(
            f"the last {len(row)} calls to {person.given[:40]} were not answered ({reasons[:200]})",
            f"Do not call this person again before {later}, unless they call first.",
        )


def _rows_of_silence(ended: Iterable[EndedCall]) -> Mapping[str, list[EndedCall]]:
    """Return for each number its latest calls until the first that was answered."""
    rows: dict[str, list[EndedCall]] = {}
    answered = set[str]()
    for each in ended:
        parsed = parse_number(each.number)
        number = parsed.e164 if parsed else each.number
        if number in answered:
            continue
        if each.is_silent:
            rows.setdefault(number, []).append(each)
        else:
            answered.add(number)
    return rows
