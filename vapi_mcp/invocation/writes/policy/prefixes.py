"""The rules of prefixes: how the numbers may begin that are rung, texted or handed on to."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, WithJsonSchema

from vapi_mcp.invocation.arguments.aside import aside
from vapi_mcp.invocation.writes.policy.phone_number import PhoneNumber
from vapi_mcp.invocation.writes.policy.rule import Case, ListRule, checked_number

_PREFIX = r"^\+[1-9][0-9]{0,14}$"


def _prefix(value: str) -> str:
    if not re.fullmatch(_PREFIX, value):
        raise ValueError("must be the beginning of an E.164 number, such as +44")
    return value


Prefix: TypeAlias = Annotated[
    str, AfterValidator(_prefix), WithJsonSchema({"type": "string", "pattern": _PREFIX})
]


@dataclass(frozen=True)
class PrefixRule(ListRule):
    """A rule of prefixes; nothing may be handed on to what cannot be checked either."""

    field = Annotated[list[Prefix], Field(max_length=200)]

    async def check(self, case: Case) -> None:
        """Let a write pass whose numbers all may begin as they do."""
        if case.write.tool.spec.effect != "delete":
            self._check_all(self._handed_on(await case.destinations()))
        people = await case.people(self)
        await aside(case.write.body, self._check_all, people)

    def _handed_on(self, destinations: Iterable[str | None]) -> Iterable[PhoneNumber]:
        for number in destinations:
            if number is None:
                raise self.refusal(
                    "a transfer to a SIP address cannot be checked",
                    "Transfer to a number in E.164.",
                )
            yield checked_number(self, number)

    def _check_all(self, numbers: Iterable[PhoneNumber]) -> None:
        for number in numbers:
            self._check(number)

    @abstractmethod
    def _check(self, number: PhoneNumber) -> None: ...


@dataclass(frozen=True)
class AllowedPrefixes(PrefixRule):
    """Only numbers that begin with one of these."""

    name = "allowed_prefixes"
    description = "Only phone numbers that begin with one of these."

    def _check(self, number: PhoneNumber) -> None:
        if not number.surely_begins_with_one_of(self.value):
            raise self.refusal(
                f"{number.given[:40]} does not begin with one of them",
                "Call only numbers that begin with one of them.",
            )


@dataclass(frozen=True)
class BlockedPrefixes(PrefixRule):
    """No number that begins with one of these."""

    name = "blocked_prefixes"
    description = "No phone numbers that begin with one of these."

    def _check(self, number: PhoneNumber) -> None:
        if number.begins_with_one_of(self.value):
            raise self.refusal(
                f"{number.given[:40]} begins with one of them", "Call only other numbers."
            )
