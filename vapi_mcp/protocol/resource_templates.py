"""The templates of resources, each with the tools it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from vapi_mcp.specs.tools.toolspec import ToolSpec

_VARIABLE = re.compile(r"\{(\??)(\w+)\}")


@dataclass(frozen=True)
class Template:
    """One resource template.

    description: `{tool}` in it is the first tool it stands for. stands_for: the test whether it
    stands for a tool; any such tool in scope makes it visible. Without one it is about tools,
    and there for everyone.
    """

    uri: str
    name: str
    title: str
    description: str
    media_type: str | None = None
    stands_for: Callable[[ToolSpec], bool] | None = None

    def read(self, uri: str) -> dict[str, str] | None:
        """Return the values of the variables in a URI of this form, None for any other."""
        found = self._form.fullmatch(uri)
        if found is None:
            return None
        return {name: unquote(value) for name, value in found.groupdict().items() if value}

    def definition(self, tool: str | None) -> dict[str, Any]:
        """Return the object of `resources/templates/list`, with MCP's spelling of the keys."""
        definition = {
            "uriTemplate": self.uri,
            "name": self.name,
            "title": self.title,
            "description": self.description.format(tool=tool),
        }
        return definition | ({"mimeType": self.media_type} if self.media_type else {})

    @cached_property
    def _form(self) -> re.Pattern[str]:
        return re.compile(_VARIABLE.sub(_group, self.uri))


def _group(variable: re.Match[str]) -> str:
    name = variable[2]
    if variable[1]:
        return rf"(?:\?{name}=(?P<{name}>[^&#]*))?"
    return f"(?P<{name}>[^/?#]+)"


RECORDING = Template(
    "vapi://calls/{id}/recording/{kind}",
    "recording",
    "Recording of a call",
    "Audio up to 700 kB, else JSON with a link. kind: mono, stereo, customer, assistant, video.",
    stands_for=lambda spec: spec.output.holds in ("audio", "video"),
)
TRANSCRIPT = Template(
    "vapi://calls/{id}/transcript",
    "transcript",
    "Transcript of a call",
    "What was said, as text; of one too long for an answer, its beginning and how to go on.",
    stands_for=lambda spec: spec.has_transcript and spec.resource == "calls",
)
CALL_LOGS = Template(
    "vapi://calls/{id}/logs",
    "logs",
    "Log of a call",
    "The first lines of the technical log; {tool} filters it and goes on.",
    "application/json",
    stands_for=lambda spec: spec.output.holds == "log",
)
SCHEMA = Template(
    "vapi://schema/{tool}{?path}",
    "schema",
    "Arguments of a tool",
    "JSON schema of all that a tool takes, or of the part at a path as in model.messages.",
    "application/json",
)
ENDED_REASON = Template(
    "vapi://ended-reasons/{reason}",
    "ended-reason",
    "Ended reason of calls",
    "Class of an endedReason that {tool} shows, its meaning and what to do.",
    "application/json",
    stands_for=lambda spec: spec.resource == "calls" and spec.effect == "read",
)
CHANGE = Template(
    "vapi://changes/{id}",
    "change",
    "Change of an object",
    "What an update or a deletion changed: a diff by path, and the object before and after.",
    "application/json",
    stands_for=lambda spec: spec.effect in ("update", "delete"),
)
TEMPLATES = (RECORDING, TRANSCRIPT, CALL_LOGS, SCHEMA, ENDED_REASON, CHANGE)
