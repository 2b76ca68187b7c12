"""The words of a preview: names, numbers and texts, each on one line and of a sensible length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, cast

from vapi_mcp.invocation.result import clipped

Object: TypeAlias = Mapping[str, Any]
Script: TypeAlias = Mapping[str, str]

_LONGEST_NAME = 80
LONGEST_TEXT = 300
_MOST_TEXTS = 3
_SCRIPT = ("firstMessage", "firstMessageMode", "voicemailMessage")
_SPOKEN_AS_IT_STANDS = "assistant-speaks-first"


def one_line(value: Any, most: int = _LONGEST_NAME) -> str:
    """Return a value as text that cannot look like a line of the question around it."""
    visible = "".join(each if each.isprintable() else " " for each in str(value))
    return clipped(" ".join(visible.split()), most)


def titled(value: Any) -> str:
    """Return the name and number of an object, empty where it has neither."""
    found = part(value)
    name, number = (_text(found.get(key)) for key in ("name", "number"))
    number = number or _text(found.get("sipUri"))
    return f"{name} ({number})" if name and number else name or number


def script_of(*agents: Object) -> Script:
    """Return what an assistant or a squad says as it stands; earlier ones overrule later ones."""
    sources = [source for agent in agents for source in _sources(agent)]
    said = ((name, next(_texts(sources, name), None)) for name in _SCRIPT)
    return {name: text for name, text in said if text is not None}


def first_messages(body: Object, saved: Script) -> list[str]:
    """Return the different texts that calls of a write begin with.

    None where the model makes them up or the other side speaks first. saved: of the assistant or
    squad that the write names by id.
    """
    usual = _script_in(body, saved)
    people = (each for plan in (body, *parts(body.get("dialPlan"))) for each in _people(plan))
    own = (script_of(part(each.get("assistantOverrides")), usual) for each in people)
    return list(dict.fromkeys(text for each in (usual, *own) if (text := _spoken(each))))


def voicemail_message(body: Object, saved: Script) -> str | None:
    """Return what calls of a write leave on an answering machine, where it is known."""
    return _script_in(body, saved).get("voicemailMessage")


def texts(found: list[str]) -> str | list[str]:
    """Return texts to be shown: the only one, or the first few and how many more."""
    shown = [one_line(each, LONGEST_TEXT) for each in found[:_MOST_TEXTS]]
    if more := len(found) - len(shown):
        shown.append(f"and {more} more")
    return shown[0] if len(shown) == 1 else shown


def input_text(value: Any) -> str | None:
    """Return the text of a chat's input: as it stands, or of its last message."""
    if isinstance(value, list):
        said = [part(each).get("content") for each in cast("list[Any]", value)]
        value = next((each for each in reversed(said) if isinstance(each, str)), None)
    return value if isinstance(value, str) and value else None


def part(value: Any) -> Object:
    """Return a value that is an object; an empty one for all else."""
    return cast("Object", value) if isinstance(value, Mapping) else {}


def parts(value: Any) -> list[Object]:
    """Return the objects of a list, or the only one."""
    given = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [cast("Object", each) for each in given if isinstance(each, Mapping)]


def _script_in(body: Object, saved: Script) -> Script:
    named = ("assistantOverrides", "squadOverrides", "assistant", "squad")
    return script_of(*(part(body.get(name)) for name in named), saved)


def _sources(agent: Object) -> Iterator[Object]:
    """Yield what an agent speaks by, the strongest first: a squad begins with its first member."""
    yield part(agent.get("membersOverrides"))
    for member in parts(agent.get("members"))[:1]:
        yield part(member.get("assistantOverrides"))
        yield part(member.get("assistant"))
    yield agent


def _people(plan: Object) -> list[Object]:
    return [*parts(plan.get("customers")), *parts(plan.get("customer"))]


def _spoken(script: Script) -> str | None:
    mode = script.get("firstMessageMode", _SPOKEN_AS_IT_STANDS)
    return script.get("firstMessage") if mode == _SPOKEN_AS_IT_STANDS else None


def _texts(sources: list[Object], name: str) -> Iterator[str]:
    for each in sources:
        if isinstance(text := each.get(name), str) and text.strip():
            yield text


def _text(value: Any) -> str:
    return one_line(value) if isinstance(value, str) else ""
