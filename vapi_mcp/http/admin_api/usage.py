"""The handler and the models of usage."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema
from starlette.responses import Response

from vapi_mcp.admin.requests import Text
from vapi_mcp.admin.usage.records import wire_usage
from vapi_mcp.admin.usage.use_cases import MOST_DAYS
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext, answer
from vapi_mcp.http.admin_api.queries import Query
from vapi_mcp.http.admin_api.responses import Answer


def _days(value: Any) -> int:
    if re.fullmatch(r"[1-9][0-9]?", str(value), re.ASCII) and int(value) <= MOST_DAYS:
        return int(value)
    raise ValueError(f"must be a number from 1 to {MOST_DAYS}")


Days: TypeAlias = Annotated[
    int,
    BeforeValidator(_days),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_DAYS, "default": 7}),
]


class UsageQuery(Query):
    """Whose usage, and of how many days."""

    integrated_account_id: Text = Field(description="The account.")
    days: Days = Field(default=7, description="The number of days until today, in UTC.")


class AmountAnswer(Answer):
    """Calls with their minutes and US dollars."""

    calls: int
    minutes: float
    cost: float


class AssistantDayAnswer(Answer):
    """The calls of one assistant on one day."""

    day: date
    assistant_id: str | None = Field(description="null for assistants that calls brought along.")
    calls: int
    minutes: float
    cost: float


class CapAnswer(Answer):
    """What is used today of one rule of a policy."""

    rule: str
    of: str | None = Field(description="The assistant or phone number that is counted, if one is.")
    most: float
    used: float | None = Field(description="null where it is not known.")


class ServerUsageAnswer(Answer):
    """What a server placed, by the log."""

    id: str
    name: str | None = Field(description="null for a server that was deleted or has expired.")
    calls: int
    cost: float | None = Field(description="Of the calls whose cost the log tells.")
    calls_with_cost: int
    caps: list[CapAnswer]


class UsageAnswer(Answer):
    """The usage of an account; days are in UTC, costs in US dollars."""

    integrated_account_id: str
    since: date
    until: date = Field(description="The last day, which is included.")
    total: AmountAnswer | None = Field(description="As Vapi reports it; null where it does not.")
    days: list[AssistantDayAnswer] = Field(description="By day and assistant, the latest first.")
    servers: list[ServerUsageAnswer] = Field(description="By the log, the busiest first.")
    is_whole: bool = Field(description="Whether nothing was left out of a list.")
    problem: str | None = Field(description="Why Vapi does not report the total and the days.")


async def get(context: HandlerContext, call: Call[UsageQuery, None]) -> Response:
    """Return the usage of an account."""
    query = call.query
    usage = await context.administration.usage.get(
        call.actor, query.integrated_account_id, query.days
    )
    return answer(wire_usage(usage))
