"""The config of a server in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.console.servers.only_form import seen

WORDS: Mapping[str, str] = {
    "core": "core",
    "full": "full",
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
NOTES_NONE = "nowhere"


def in_words(config: ServerConfig) -> list[tuple[str, str]]:
    """Return a config in words: what a line is about, and what it says."""
    lines = [
        *_objects(config.only),
        ("Methods", ", ".join(config.methods) or "all"),
        ("Tags", ", ".join(config.tags) or "all"),
        ("Always included", ", ".join(config.tools)),
        ("Never included", ", ".join(config.exclude_tools)),
        ("Catalogue", WORDS[config.catalogue] if config.catalogue != "core" else ""),
        ("Clients see", WORDS[config.tool_exposure]),
        ("Second token", "required" if config.require_api_token_auth else "not required"),
        ("Writes that need consent", WORDS[config.confirm]),
        ("Consent comes", WORDS[config.confirm_by] if config.confirm != "none" else ""),
        ("Answers", f"at most {config.max_result_tokens:,} tokens"),
        ("Recordings", "in answers" if config.inline_media else "as links only"),
        ("Structured content", "sent too" if config.structured_content else ""),
        ("Notes", NOTES_NONE if config.notes == "none" else WORDS[config.notes]),
    ]
    rules = config.policy.as_json if config.policy else {}
    lines += [(name.replace("_", " ").capitalize(), _shown(value)) for name, value in rules.items()]
    return [(about, words) for about, words in lines if words]


def _objects(only: Only | None) -> Iterator[tuple[str, str]]:
    if only is not None:
        yield "Sees", seen(only)
        for name, value in only.as_json.items():
            yield f"Kept to {name.replace('_', ' ')}", _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    return str(value)
