"""The config of a server as a form: what its fields hold, and what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from vapi_mcp.accounts.records import (
    LARGEST_RESULT,
    SMALLEST_RESULT,
    Confirm,
    ConfirmBy,
    Exposure,
    Notes,
    ServerConfig,
)
from vapi_mcp.console.frame.forms import Form
from vapi_mcp.console.servers.config_words import NOTES_NONE, WORDS
from vapi_mcp.console.servers.only_form import only_of, only_values
from vapi_mcp.console.servers.policy_form import policy_of, policy_values
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.scope import Scope
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.tools.toolspec import Catalogue

# The choice of a single tool: by the filters, always, or never.
ALWAYS, NEVER = "in", "out"
TOOL = "tool."
RESULT_TOKENS = (SMALLEST_RESULT, LARGEST_RESULT)

_METHODS = {
    "read": "read: lists and single records",
    "write": "write: creates, updates and deletes",
}
# No number of tokens has as many; Python refuses to read thousands of them.
_TOO_MANY_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Choices:
    """What a form of a server offers: pairs of value and label, and the tools by resource."""

    methods: Sequence[tuple[str, str]]
    tags: Sequence[tuple[str, str]]
    tools: Mapping[str, Sequence[Tool]]
    catalogue: Sequence[tuple[str, str]]
    exposure: Sequence[tuple[str, str]]
    confirm: Sequence[tuple[str, str]]
    confirm_by: Sequence[tuple[str, str]]
    notes: Sequence[tuple[str, str]]


def choices_of(registry: Registry, values: Mapping[str, Any]) -> Choices:
    """Return the choices; a word that is chosen stays one, also where no tool has it."""
    tools = registry.in_scope(Scope(catalogue=values["catalogue"]))
    tags = Counter(tag for tool in tools for tag in tool.spec.tags)
    by_resource: dict[str, list[Tool]] = {}
    for tool in tools:
        by_resource.setdefault(tool.spec.resource.replace("_", " "), []).append(tool)
    exact = sorted({tool.spec.method for tool in tools})
    methods = {**_METHODS, **{name: f"only {name}" for name in exact}}
    return Choices(
        methods=_with_chosen(methods, values["methods"]),
        tags=_with_chosen({t: f"{t} ({n})" for t, n in sorted(tags.items())}, values["tags"]),
        tools=by_resource,
        catalogue=_pairs(Catalogue),
        exposure=_pairs(Exposure),
        confirm=_pairs(Confirm),
        confirm_by=_pairs(ConfirmBy),
        notes=[(each, NOTES_NONE if each == "none" else WORDS[each]) for each in get_args(Notes)],
    )


def config_of(form: Form) -> dict[str, Any]:
    """Return the config in a form, as a request has it; keys that no field shows are left out."""
    chosen = {name.removeprefix(TOOL): form.text(name) for name in form.fields if _is_tool(name)}
    tokens = form.text("max_result_tokens")
    is_number = tokens.isdecimal() and len(tokens) < _TOO_MANY_DIGITS
    return {
        "methods": list(form.all("methods")),
        "tags": list(form.all("tags")),
        "tools": [name for name, place in chosen.items() if place == ALWAYS],
        "exclude_tools": [name for name, place in chosen.items() if place == NEVER],
        "require_api_token_auth": "require_api_token_auth" in form,
        "catalogue": form.text("catalogue", "core"),
        "tool_exposure": form.text("tool_exposure", "all"),
        "structured_content": "structured_content" in form,
        "inline_media": "inline_media" in form,
        "max_result_tokens": int(tokens) if is_number else tokens or None,
        "confirm": form.text("confirm", "none"),
        "confirm_by": form.text("confirm_by", "either"),
        "notes": form.text("notes", "block"),
        "policy": policy_of(form),
        **only_of(form),
    }


def values_of(config: ServerConfig) -> dict[str, Any]:
    """Return what the fields hold for a config."""
    return _values(
        {
            "methods": config.methods,
            "tags": config.tags,
            "tools": config.tools,
            "exclude_tools": config.exclude_tools,
            "require_api_token_auth": config.require_api_token_auth,
            "catalogue": config.catalogue,
            "tool_exposure": config.tool_exposure,
            "structured_content": config.structured_content,
            "inline_media": config.inline_media,
            "max_result_tokens": config.max_result_tokens,
            "confirm": config.confirm,
            "confirm_by": config.confirm_by,
            "notes": config.notes,
            "policy": config.policy and config.policy.as_json,
            "only": config.only and config.only.as_json,
        }
    )


def values_sent(form: Form) -> dict[str, Any]:
    """Return what the fields hold after a form was sent, wrong values included."""
    return _values(config_of(form))


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    places = {
        **dict.fromkeys(given["tools"], ALWAYS),
        **dict.fromkeys(given["exclude_tools"], NEVER),
    }
    return {
        **given,
        "places": places,
        **policy_values(given["policy"] or {}),
        **only_values(given.get("only")),
    }


def _is_tool(name: str) -> bool:
    return name.startswith(TOOL)


def _with_chosen(known: Mapping[str, str], chosen: Sequence[str]) -> list[tuple[str, str]]:
    return list({**known, **{each: each for each in chosen if each not in known}}.items())


def _pairs(kind: Any) -> list[tuple[str, str]]:
    return [(each, WORDS[each]) for each in get_args(kind)]
