"""The variables of a write that would go out without a value."""

from __future__ import annotations

from collections.abc import AsyncIterator

from vapi_mcp.invocation.arguments.aside import aside
from vapi_mcp.invocation.arguments.notes import RiskNote, WarningNote
from vapi_mcp.invocation.explaining import explaining
from vapi_mcp.invocation.writes.previews.lookups import Lookups
from vapi_mcp.invocation.writes.previews.references import saved_agents
from vapi_mcp.invocation.writes.previews.wording import Object, one_line, part
from vapi_mcp.invocation.writes.recipients import customers_in
from vapi_mcp.invocation.writes.variables.prompts import Prompts, prompts_of, without_value
from vapi_mcp.invocation.writes.write import Write

_MOST_NAMED = 12
_OVERRIDES = ("assistantOverrides", "squadOverrides")
# What went before may have set values.
_GOES_ON = ("sessionId", "previousChatId", "previous_response_id")


async def variables_note(write: Write, lookups: Lookups) -> WarningNote | None:
    """Return what to say of prompts that show variables without a value, None if all have one.

    It is a risk where people are rung with them, but for a campaign that starts later.
    Saved assistants and squads are looked up; of one that cannot be, nothing is said.
    """
    if write.tool.spec.effect != "act" or any(write.body.get(name) for name in _GOES_ON):
        return None
    with explaining("the variables of a write"):
        agents = [each async for each in _agents(write, lookups)]
        return await aside(write.body, _told, write, agents)
    return None


async def _agents(write: Write, lookups: Lookups) -> AsyncIterator[tuple[Prompts, ...]]:
    """Yield each assistant that may speak, with the overrides of its squad."""
    known = await lookups.known(saved_agents(write.body), write.call)
    inline = (prompts_of(part(write.body.get(kind))) for kind in ("assistant", "squad"))
    found = [*inline, *(each.prompts for each in known.values())]
    wanted = [each.saved for agent in found for each in agent.members if each.saved]
    members = await lookups.known(wanted, write.call) if wanted else {}
    for agent in found:
        yield (agent,)
        for each in agent.members:
            own = members[each.saved].prompts if each.saved in members else each.own
            yield (own, each.overrides, agent)


def _told(write: Write, agents: list[tuple[Prompts, ...]]) -> WarningNote | None:
    body, spoken = write.body, write.tool.spec.dials
    usual = _overrides(body)
    people = [_overrides(each) for each in customers_in(body)] or [()]
    lost = [
        {name for agent in agents for name in without_value(*agent, *usual, *own, spoken=spoken)}
        for own in people
    ]
    names = sorted(set[str]().union(*lost))
    whose = f" for {sum(map(bool, lost))} of {len(people)} customers" if len(people) > 1 else ""
    if not names:
        return None
    text = _text(names, whose, _place(write))
    people = write.recipients
    if not spoken or (people and people.is_campaign and people.starts_at):
        return WarningNote(text)
    return RiskNote(f"{text} {_example(names, _place(write))}")


def _text(names: list[str], whose: str, place: str) -> str:
    shown = ", ".join(f"{{{{{one_line(name)}}}}}" for name in names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    verb = "has" if len(names) == 1 else "have"
    return (
        f"The prompts show {shown}{more}, which {verb} no value{whose}, so the text there would be "
        f"empty. Give values in {place}.variableValues, or a default in the prompt: "
        '{{ name | default: "…" }}.'
    )


def _example(names: list[str], place: str) -> str:
    values = ", ".join(f'"{one_line(name)}": "…"' for name in names[:_MOST_NAMED])
    return f'Example: {place}: {{"variableValues": {{{values}}}}}.'


def _place(write: Write) -> str:
    usual, of_squads = _OVERRIDES
    is_squad = any(write.body.get(name) for name in ("squadId", "squad"))
    return of_squads if is_squad and of_squads in write.tool.arguments else usual


def _overrides(holder: Object) -> tuple[Prompts, ...]:
    return tuple(prompts_of(part(holder.get(name))) for name in _OVERRIDES if holder.get(name))
