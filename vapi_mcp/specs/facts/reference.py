"""Where Vapi's own reference describes an operation."""

from __future__ import annotations

import re

from vapi_mcp.specs.facts.facts import Operation

_ROOT = "https://docs.vapi.ai/api-reference"
# The parts of the reference whose pages have short names; all others are named by operation.
_SHORT = frozenset(
    {"assistant", "squad", "call", "chat", "session", "phone-number", "tool", "file"}
)
_VERBS = {"POST": "create", "GET": "list"}
_VERBS_OF_ONE = {"GET": "get", "PATCH": "update", "DELETE": "delete"}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def reference_page(operation: Operation, page: str | None = None) -> str:
    """Return the address of the page, by the rule that Vapi's documentation follows.

    page: its name, where it breaks the rule.
    """
    return f"{_ROOT}/{page or _slug(operation)}"


def _slug(operation: Operation) -> str:
    group = re.sub(r"[^a-z0-9]+", "-", (operation.tag or "").lower())
    resource, _, rest = operation.path[1:].partition("/")
    verb = (_VERBS_OF_ONE if rest == "{id}" else {} if rest else _VERBS).get(operation.method)
    if resource in _SHORT and verb:
        return f"{group}/{verb}"
    return f"{group}/{_HUMP.sub('-', operation.id).replace('_', '-').lower()}"
