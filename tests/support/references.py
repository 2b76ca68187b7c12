"""The references that are made from code: `make references`, and `--check` to compare.

docs/tools.md lists the tools, docs/settings.md the settings, docs/log.md the fields of the log.
"""

from __future__ import annotations

import sys
from collections import abc
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, get_origin

from pydantic_core import PydanticUndefined

from vapi_mcp.audit.entry import FIELDS, PARAMETERS
from vapi_mcp.audit.fields import LogField
from vapi_mcp.protocol.discovery import Discovery
from vapi_mcp.registry.registry import build_registry
from vapi_mcp.registry.scope import EVERYTHING, FULL
from vapi_mcp.registry.tool import Tool
from vapi_mcp.settings import PREFIX, Settings
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs

DOCS = Path(__file__).resolve().parents[2] / "docs"
_MADE = "<!-- Made by `make references`; change the specs or the settings instead. -->"
_LOG_MADE = "<!-- Made by `make references` from `vapi_mcp/audit/entry.py`. -->"
_JSON_TYPES: Mapping[Any, str] = {
    int: "integer",
    float: "number",
    datetime: "date-time",
    tuple: "array",
    abc.Mapping: "object",
}


def references() -> dict[Path, str]:
    """Return what each made page has to hold."""
    return {
        DOCS / "tools.md": _tools(),
        DOCS / "settings.md": _settings(),
        DOCS / "log.md": _log(),
    }


def _tools() -> str:
    registry = build_registry(load_specs().tools, load_facts())
    tools = registry.in_scope()
    lines = [
        f"# The {len(tools)} tools",
        _MADE,
        "",
        "`vapi-mcp tools show NAME` prints one with all its arguments. A scope filters by method",
        "(list, get, create, update, delete, as the names say) and by tag.",
    ]
    lines += _by_resource(tools)
    every = registry.in_scope(FULL)
    own = [tool for tool in every if tool.spec.own]
    lines += [
        "",
        f"# The other {len(every) - len(tools)} tools: the full catalogue",
        "",
        'A server has these too if its config has `"catalogue": "full"`, and `vapi-mcp stdio` with',
        f"`--catalogue full`: {len(every)} tools, one for each operation of Vapi's API and",
        f"{len(own)} of our own, which stand for none. In a scope, those that wait have the method",
        "get, those that restore or control calls the method update.",
        *_by_resource([tool for tool in every if tool not in tools]),
    ]
    lines += [
        "",
        "## Discovery",
        "",
        "A server whose `tool_exposure` is `discovery` lists three tools that lead to the others.",
        "",
        "| Tool | Description |",
        "| --- | --- |",
    ]
    shown = Discovery(registry).definitions(EVERYTHING)
    lines += [f"| `{tool['name']}` | {tool['description']} |" for tool in shown]
    if not_exposed := load_specs().not_exposed:
        lines += ["", "## Operations without a tool", "", "| Operation | Why |", "| --- | --- |"]
        lines += [f"| `{operation}` | {why} |" for operation, why in not_exposed.items()]
    return "\n".join(lines) + "\n"


def _by_resource(tools: Sequence[Tool]) -> list[str]:
    lines: list[str] = []
    for resource in dict.fromkeys(tool.spec.resource for tool in tools):
        lines += ["", f"## {resource.replace('_', ' ').capitalize()}", ""]
        lines += ["| Tool | Effect | Tags | Description |", "| --- | --- | --- | --- |"]
        lines += [_row(tool) for tool in tools if tool.spec.resource == resource]
    return lines


def _row(tool: Tool) -> str:
    spec = tool.spec
    tags = ", ".join(spec.tags)
    return f"| `{spec.name}` | {spec.effect} | {tags} | {spec.description.replace('|', '/')} |"


def _settings() -> str:
    lines = [
        "# Settings",
        _MADE,
        "",
        "Each is an environment variable; a flag of the same name, where a command has one, wins.",
        "`serve` and the commands beside it also read `.env` in the directory they run in; `stdio`",
        "and `call` read a file only if `--env-file` names it.",
        "",
        "| Variable | Default | Description |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if default in (PydanticUndefined, None, ()) else f"`{default}`"
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    lines += [
        "",
        "A single account comes from its own variables:",
        "",
        "| Variable | Description |",
        "| --- | --- |",
        (
            "| `VAPI_API_KEY` or `VAPI_TOKEN` | The Vapi private key of `stdio`, `serve` and "
            "`call`. |"
        ),
        (
            "| `VAPI_BASE_URL` | Where that account lives; goes before "
            "`VAPI_MCP_UPSTREAM_BASE_URL`. Outside Vapi it needs https or an address of this "
            "machine, and stands in the same place as the key: the environment, or the file. |"
        ),
    ]
    return "\n".join(lines) + "\n"


def _log() -> str:
    lines = [
        "# The fields of the audit log",
        _LOG_MADE,
        "",
        "An entry is one JSON object, the same in the admin API, in `vapi-mcp log list --json` and",
        "in an export. A filter is a parameter of `GET /log` and `GET /log/export`, an option",
        "belongs to `vapi-mcp log list` and `vapi-mcp log export`; several of them narrow each",
        "other. Every field but the first three and the status may be null. Durations are in",
        "milliseconds. [The audit log](operations.md#the-audit-log) says when entries are written,",
        "what the outcomes mean and how long entries stay.",
        "",
        "| Field | Type | Filter | Option | Description |",
        "| --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*lines, *map(_log_row, FIELDS)]) + "\n"


def _log_row(field: LogField) -> str:
    asked = [each for each in PARAMETERS if each.field is field]
    filters = ", ".join(f"`{each.wire}`" for each in asked)
    options = ", ".join(f"`{o.flag}`" for each in asked if (o := each.filter.option))
    texts = (field.logged.note, field.logged.description, *(p.filter.description for p in asked))
    description = next(filter(None, texts), "")
    cells = (f"`{field.wire}`", _json_type(field), filters, options, description)
    return f"| {' | '.join(cells)} |"


def _json_type(field: LogField) -> str:
    kind = _JSON_TYPES.get(get_origin(field.kind) or field.kind, "string")
    return kind if field.logged.kept == "plain" else f"{kind}, {field.logged.kept}"


def stale() -> list[str]:
    """Return the made pages that differ from what the code says now."""
    return [
        path.name
        for path, content in references().items()
        if not path.exists() or path.read_text("utf-8") != content
    ]


if __name__ == "__main__":
    if "--check" in sys.argv:
        if pages := stale():
            sys.exit(f"out of date: {', '.join(pages)}; run `python -m tests.support.references`")
    else:
        for path, content in references().items():
            path.write_text(content, "utf-8")
