"""Prompts within a scope: each stands for the tools its steps call, and names no others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

import orjson

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.registry.bounds import PROMPT_ARGUMENT
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.scope import Scope
from vapi_mcp.specs.facts.validation import check_value
from vapi_mcp.specs.tools.prompts import Prompt, PromptArgument, Step

_REFERENCE = re.compile(r"\{\{(\w+)\}\}")
_GAP = re.compile(r"<[^<>]+>|\{\{\w+\}\}")
_TOOL_NAME = re.compile(r"\b(?:list_all|get_single|create_an?|update_an?|delete_an?)_\w+")


def in_scope(prompts: Iterable[Prompt], registry: Registry, scope: Scope) -> list[Prompt]:
    """Return the prompts whose every step that is not optional can be taken in a scope."""
    names = {tool.name for tool in registry.in_scope(scope)}
    return [
        prompt
        for prompt in prompts
        if all(step.is_optional or step.tool in {None, *names} for step in prompt.steps)
    ]


def render_prompt(
    prompt: Prompt, given: Mapping[str, str], registry: Registry, scope: Scope
) -> str:
    """Return a prompt's text with its arguments filled in and without steps out of scope.

    Raises:
        InvalidArguments: An argument is missing, unknown or not what it must be.
    """
    names = {tool.name for tool in registry.in_scope(scope)}
    values = _values(prompt, given)
    parts = [_filled(prompt.opening, values)]
    steps = (step for step in prompt.steps if step.tool in {None, *names})
    for number, step in enumerate(steps, 1):
        heading = f"## {step.heading}" if step.tool is None else f"## {number}. {step.tool}"
        call = orjson.dumps(_filled_in(step.arguments, values)).decode() if step.tool else ""
        parts.append("\n".join(filter(None, [heading, call, _filled(step.text, values)])))
    return "\n\n".join(parts)


def _values(prompt: Prompt, given: Mapping[str, str]) -> dict[str, str | int]:
    if unknown := given.keys() - prompt.arguments.keys():
        known = ", ".join(prompt.arguments)
        raise InvalidArguments(f"{prompt.name} takes no {min(unknown)[:80]!r}; it takes {known}")
    return {
        name: _value(name, argument, given.get(name, "").strip())
        for name, argument in prompt.arguments.items()
    }


def _value(name: str, argument: PromptArgument, given: str) -> str | int:
    if not given:
        if argument.default is None:
            raise InvalidArguments(f"{name} is required: {argument.description}")
        return argument.default
    if too_much := PROMPT_ARGUMENT.objection(given):
        raise InvalidArguments(f"{name} {too_much}")
    if argument.minimum is None or argument.maximum is None:
        return given
    if not re.fullmatch(r"\d{1,9}", given, re.ASCII) or not (
        argument.minimum <= int(given) <= argument.maximum
    ):
        bounds = f"{argument.minimum} to {argument.maximum}"
        raise InvalidArguments(f"{name} is a whole number, {bounds}")
    return int(given)


def _filled(text: str, values: Mapping[str, str | int]) -> str:
    return _REFERENCE.sub(lambda found: str(values[found[1]]), text)


def _filled_in(template: Any, values: Mapping[str, str | int]) -> Any:
    """Fill the gaps of a call; a string that is one reference takes over its value's type."""
    if isinstance(template, dict):
        members = cast("dict[str, Any]", template)
        return {name: _filled_in(member, values) for name, member in members.items()}
    if isinstance(template, list):
        return [_filled_in(item, values) for item in cast("list[Any]", template)]
    if not isinstance(template, str):
        return template
    whole = _REFERENCE.fullmatch(template)
    return values[whole[1]] if whole else _filled(template, values)


def broken_prompt_rules(prompts: Iterable[Prompt], registry: Registry) -> list[str]:
    """Return what is wrong with prompts, one sentence each; an empty list means nothing.

    Tools and their arguments exist, also inside; text names no tool, since it may be out of
    scope; every reference has its argument and every argument is used; at least one step stands
    for the prompt.
    """
    return [
        f"prompts/{prompt.name}.md: {problem}"
        for prompt in prompts
        for problem in _problems(prompt, registry)
    ]


def _problems(prompt: Prompt, registry: Registry) -> Iterable[str]:
    if not any(step.tool and not step.is_optional for step in prompt.steps):
        yield "every step is optional; at least one step must be required"
    texts = [prompt.opening, *(step.text for step in prompt.steps)]
    for name in sorted({name for text in texts for name in _TOOL_NAME.findall(text)}):
        yield f"its text names {name}, which may be out of scope; add a step for it"
    calls = [orjson.dumps(step.arguments).decode() for step in prompt.steps]
    used = {name for text in (*texts, *calls) for name in _REFERENCE.findall(text)}
    for name in sorted(used ^ prompt.arguments.keys()):
        yield f"{{{{{name}}}}} is " + ("used, but no argument" if name in used else "never used")
    for suggest in filter(None, (each.suggest for each in prompt.arguments.values())):
        tool = registry.tools.get(suggest.tool)
        if tool is None or not set(suggest.keys) <= set(tool.spec.output.keys):
            yield f"{suggest.tool} is no list of {', '.join(suggest.keys)}"
    for step in prompt.steps:
        if step.tool is not None:
            yield from (f"{step.tool}: {each}" for each in _misfits(step, registry))


def _misfits(step: Step, registry: Registry) -> Iterable[str]:
    tool = registry.tools.get(step.tool or "")
    if tool is None:
        yield "there is no such tool"
        return
    schema = {
        "type": "object",
        "properties": {name: argument.schema for name, argument in tool.arguments.items()},
        "required": [name for name, argument in tool.arguments.items() if argument.required],
    }
    for found in check_value(registry.facts, schema, step.arguments):
        if not (isinstance(found.value, str) and _GAP.fullmatch(found.value)):
            yield f"{found.place} breaks the rule {found.rule!r}"
