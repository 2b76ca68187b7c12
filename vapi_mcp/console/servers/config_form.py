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
from vapi_mcp.console.forms import Form
from vapi_mcp.console.servers.policy_form import policy_of, policy_values
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

# The choice of a single tool: by the filters, always, or never.
ALWAYS, NEVER = "in", "out"
TOOL = "tool."
RESULT_TOKENS = (SMALLEST_RESULT, LARGEST_RESULT)

_METHODS = {
    "read": "read: lists and single records",
    "write": "write: creates, updates and deletes",
}
_WORDS: Mapping[str, str] = {
    "all": "every tool",
    "discovery": "three tools that find, describe and call the others",
    "none": "none",
    "destructive": "those that delete or overwrite",
    "spending": "those that cost money",
    "all_writes": "all",
    "question": "by a question only",
    "code": "by a code only",
    "either": "by a question, else by a code",
    "block": "in a block of text of their own",
    "inside": "inside the JSON of the answer",
}
_NOTES_NONE = "nowhere"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a form of a server offers: pairs of value and label, and the tools by resource."""

    methods: Sequence[tuple[str, str]]
    tags: Sequence[tuple[str, str]]
    tools: Mapping[str, Sequence[Tool]]
    exposure: Sequence[tuple[str, str]]
    confirm: Sequence[tuple[str, str]]
    confirm_by: Sequence[tuple[str, str]]
    notes: Sequence[tuple[str, str]]


def choices_of(registry: Registry, values: Mapping[str, Any]) -> Choices:
    """Return the choices; a word that is chosen stays one, also where no tool has it."""
    tools = registry.in_scope()
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
        exposure=_pairs(Exposure),
        confirm=_pairs(Confirm),
        confirm_by=_pairs(ConfirmBy),
        notes=[(each, _NOTES_NONE if each == "none" else _WORDS[each]) for each in get_args(Notes)],
    )


def config_of(form: Form) -> dict[str, Any]:
    """Return the config in a form, as a request has it; keys that no field shows are left out."""
    chosen = {name.removeprefix(TOOL): form.text(name) for name in form.fields if _is_tool(name)}
    tokens = form.text("max_result_tokens")
    return {
        "methods": list(form.all("methods")),
        "tags": list(form.all("tags")),
        "tools": [name for name, place in chosen.items() if place == ALWAYS],
        "exclude_tools": [name for name, place in chosen.items() if place == NEVER],
        "require_api_token_auth": "require_api_token_auth" in form,
        "tool_exposure": form.text("tool_exposure", "all"),
        "structured_content": "structured_content" in form,
        "inline_media": "inline_media" in form,
        "max_result_tokens": int(tokens) if tokens.isdecimal() else tokens or None,
        "confirm": form.text("confirm", "none"),
        "confirm_by": form.text("confirm_by", "either"),
        "notes": form.text("notes", "block"),
        "policy": policy_of(form),
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
            "tool_exposure": config.tool_exposure,
            "structured_content": config.structured_content,
            "inline_media": config.inline_media,
            "max_result_tokens": config.max_result_tokens,
            "confirm": config.confirm,
            "confirm_by": config.confirm_by,
            "notes": config.notes,
            "policy": config.policy and config.policy.as_json,
        }
    )


def values_sent(form: Form) -> dict[str, Any]:
    """Return what the fields hold after a form was sent, wrong values included."""
    return _values(config_of(form))


def in_words(config: ServerConfig) -> list[tuple[str, str]]:
    """Return a config in words: what a line is about, and what it says."""
    lines = [
        ("Methods", ", ".join(config.methods) or "all"),
        ("Tags", ", ".join(config.tags) or "all"),
        ("Always included", ", ".join(config.tools)),
        ("Never included", ", ".join(config.exclude_tools)),
        ("Clients see", _WORDS[config.tool_exposure]),
        ("Second token", "required" if config.require_api_token_auth else "not required"),
        ("Writes that need consent", _WORDS[config.confirm]),
        ("Consent comes", _WORDS[config.confirm_by] if config.confirm != "none" else ""),
        ("Answers", f"at most {config.max_result_tokens:,} tokens"),
        ("Recordings", "in answers" if config.inline_media else "as links only"),
        ("Structured content", "sent too" if config.structured_content else ""),
        ("Notes", _NOTES_NONE if config.notes == "none" else _WORDS[config.notes]),
    ]
    rules = config.policy.as_json if config.policy else {}
    lines += [(name.replace("_", " ").capitalize(), _shown(value)) for name, value in rules.items()]
    return [(about, words) for about, words in lines if words]


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    places = {
        **dict.fromkeys(given["tools"], ALWAYS),
        **dict.fromkeys(given["exclude_tools"], NEVER),
    }
    return {**given, "places": places, **policy_values(given["policy"] or {})}


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    return str(value)


def _is_tool(name: str) -> bool:
    return name.startswith(TOOL)


def _with_chosen(known: Mapping[str, str], chosen: Sequence[str]) -> list[tuple[str, str]]:
    return list({**known, **{each: each for each in chosen if each not in known}}.items())


def _pairs(kind: Any) -> list[tuple[str, str]]:
    return [(each, _WORDS[each]) for each in get_args(kind)]
