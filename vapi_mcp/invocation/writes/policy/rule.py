"""A rule of a policy, and the case that it judges."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Self, TypeVar

from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.arguments.aside import aside
from vapi_mcp.invocation.writes.policy.destinations import destinations_in
from vapi_mcp.invocation.writes.policy.phone_number import PhoneNumber, parse_number
from vapi_mcp.invocation.writes.prices import USUAL_LENGTH, Prices
from vapi_mcp.invocation.writes.recipients import Recipients
from vapi_mcp.invocation.writes.write import Write

_V = TypeVar("_V")


class Case:
    """A write that is judged at one moment; what several rules look at is found once.

    closes: when the calling hours of all its recipients end, once their rule has looked.
    """

    def __init__(self, write: Write, policy: Policy, now: datetime, prices: Prices) -> None:
        self.write = write
        self.policy = policy
        self.now = now
        self.closes: datetime | None = None
        self._prices = prices
        self._people: list[PhoneNumber] | None = None
        self._destinations: list[str | None] | None = None

    @property
    def recipients(self) -> Recipients | None:
        """The people the write rings or texts, if any."""
        return self.write.recipients

    @property
    def running_call(self) -> Mapping[str, Any] | None:
        """The call that the write controls, if it does."""
        is_control = self.write.tool.spec.own is not None
        return self.write.completed.saved if is_control else None

    async def people(self, rule: Rule[Any]) -> list[PhoneNumber]:
        """Return the numbers that are rung or texted, parsed.

        Raises:
            WriteHeld: One of them cannot be checked; the message names the rule that wants to.
        """
        reached = self.write.recipients
        if reached is None:
            return []
        if reached.hidden:
            raise rule.refusal(
                f"{reached.hidden[0]} cannot be checked",
                "Give each customer with a number in E.164.",
            )
        if self._people is None:
            self._people = await aside(self.write.body, _parsed, rule, reached.numbers)
        return self._people

    async def destinations(self) -> list[str | None]:
        """Return the numbers that calls are handed on to; None for a SIP address."""
        if self._destinations is None:
            body = self.write.body
            self._destinations = await aside(body, lambda: list(destinations_in(body)))
        return self._destinations

    async def usual_length(self) -> timedelta:
        """Return the usual length of a call; it is asked for only where it matters."""
        reached = self.write.recipients
        if reached is None or not reached.lasts(USUAL_LENGTH):
            return USUAL_LENGTH
        return await self._prices.usual_length(self.write.call)

    async def spent_today(self) -> float | None:
        """Return the US dollars that the account spent today; None if Vapi does not say."""
        midnight = self.policy.beginning_of(self.policy.day_of(self.now))
        return await self._prices.spent_since(self.write.call, midnight)


@dataclass(frozen=True)
class Rule(ABC, Generic[_V]):
    """One rule of a policy.

    name: the key of a policy that sets it. description: for an owner. field: the type of its
    value in a request, as pydantic has it. value: what it is set to.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    field: ClassVar[Any]
    value: _V

    @classmethod
    def read(cls, value: Any) -> Self:
        """Return the rule for a value in JSON that is known to be right."""
        return cls(value)

    @property
    def shown(self) -> str:
        """The value as a message has it."""
        return str(self.value)

    @abstractmethod
    async def check(self, case: Case) -> None:
        """Let a write pass that keeps the rule; when hours end goes into the case.

        Raises:
            WriteHeld: It breaks the rule, or cannot be checked.
        """

    def refusal(self, why: str, remedy: str) -> WriteHeld:
        """Return the refusal of a write: the rule, its value, what broke it, what would pass."""
        return WriteHeld(
            f"This server's policy does not allow it: {self.name} is {self.shown}; {why}. "
            f"Nothing was sent. {remedy}",
            status=403,
            rule=self.name,
        )


@dataclass(frozen=True)
class ListRule(Rule[tuple[str, ...]]):
    """A rule whose value is a list of texts."""

    @classmethod
    def read(cls, value: Any) -> Self:
        """Return the rule for a list."""
        return cls(tuple(value))

    @property
    def shown(self) -> str:
        """The texts, with commas."""
        return ", ".join(self.value)


def checked_number(rule: Rule[Any], number: str) -> PhoneNumber:
    """Return a number, parsed.

    Raises:
        WriteHeld: It cannot be parsed, so the rule cannot be checked.
    """
    parsed = parse_number(number)
    if parsed is None:
        raise rule.refusal(
            f"{number[:40]!r} is not a number that can be checked",
            "Write it in E.164, such as +14155550123.",
        )
    return parsed


def _parsed(rule: Rule[Any], numbers: tuple[str, ...]) -> list[PhoneNumber]:
    return [checked_number(rule, number) for number in numbers]
