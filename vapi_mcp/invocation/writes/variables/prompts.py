"""The variables in what assistants and squads say, and the values they have for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vapi_mcp.invocation.writes.previews.references import Reference, saved_assistant
from vapi_mcp.invocation.writes.previews.wording import Object, part, parts
from vapi_mcp.invocation.writes.variables.liquid import unknown, variables_in

_SPOKEN = ("firstMessage", "voicemailMessage", "endCallMessage")
_MODEL = "model"
_MOST_VALUES = 200
_MOST_MEMBERS = 12


@dataclass(frozen=True, slots=True)
class Prompts:
    """What an assistant, a squad or overrides of them say.

    needs: variables, by the property whose text shows them. gives: variables that have a value.
    members: of a squad.
    """

    needs: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    gives: frozenset[str] = frozenset()
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a squad; saved: the assistant that it is, unless it brings its own."""

    own: Prompts
    overrides: Prompts
    saved: Reference | None


def prompts_of(agent: Object) -> Prompts:
    """Return what an assistant or overrides say; of a squad, what it has all of its members say."""
    agent = {**agent, **part(agent.get("membersOverrides"))}
    needs = {name: variables_in(_text(agent.get(name))) for name in _SPOKEN if name in agent}
    if _MODEL in agent:
        model = part(agent.get(_MODEL))
        contents = [each.get("content") for each in parts(model.get("messages"))]
        texts = map(_text, (*contents, model.get("systemPrompt")))
        needs[_MODEL] = frozenset[str]().union(*map(variables_in, texts))
    gives = frozenset(list(_values(agent))[:_MOST_VALUES])
    members = tuple(_member(each) for each in parts(agent.get("members"))[:_MOST_MEMBERS])
    return Prompts(needs, gives | _handed_over(agent), members)


def without_value(agent: Prompts, *overrides: Prompts, spoken: bool = True) -> list[str]:
    """Return the variables without a value; later overrides take the place of earlier texts.

    spoken: whether it is spoken, and not only written, so that its messages count.
    """
    needs: dict[str, frozenset[str]] = {}
    for each in (agent, *overrides):
        needs |= each.needs
    places = (*_SPOKEN, _MODEL) if spoken else (_MODEL,)
    names = sorted(frozenset[str]().union(*(needs.get(place, ()) for place in places)))
    return unknown(names, agent.gives.union(*(each.gives for each in overrides)))


def _member(member: Object) -> Member:
    overrides = prompts_of(part(member.get("assistantOverrides")))
    return Member(prompts_of(part(member.get("assistant"))), overrides, saved_assistant(member))


def _handed_over(squad: Object) -> frozenset[str]:
    """Return what calls extract on the way from one member of a squad to another."""
    return frozenset(
        name
        for member in parts(squad.get("members"))
        for each in parts(member.get("assistantDestinations"))
        for name in _extracted(each)
    )


def _values(agent: Object) -> Iterator[str]:
    yield from part(agent.get("variableValues"))
    for tool in parts(part(agent.get(_MODEL)).get("tools")):
        for each in (tool, *parts(tool.get("destinations"))):
            yield from _extracted(each)


def _extracted(holder: Object) -> Iterator[str]:
    plan = part(holder.get("variableExtractionPlan"))
    yield from part(part(plan.get("schema")).get("properties"))
    yield from (_text(each.get("key")) for each in parts(plan.get("aliases")))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
