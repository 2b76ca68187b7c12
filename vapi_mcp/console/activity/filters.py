"""The filters of the activity, as its URL has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from vapi_mcp.admin.log_parameters import LogParameters
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.audit.entry import PARAMETERS, LogFilter
from vapi_mcp.audit.fields import Parameter
from vapi_mcp.console.changes.filters import NAMES as CHANGES
from vapi_mcp.console.frame.url_filter import UrlFilter, check_known, given_in, query_of
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AdminError

LAST = "last"
PERIODS: Mapping[str, tuple[str, timedelta]] = {
    "1h": ("the last hour", timedelta(hours=1)),
    "24h": ("the last 24 hours", timedelta(hours=24)),
    "7d": ("the last 7 days", timedelta(days=7)),
    "30d": ("the last 30 days", timedelta(days=30)),
}
# What people look for first; the others wait behind a click.
_USUAL = ("log_type", "tool_name", "http_status_code", "outcome")


@dataclass(frozen=True, slots=True)
class FilterField:
    """A filter as a field of a form; choices: its values, empty where any text is one."""

    name: str
    label: str
    help: str
    value: str
    choices: tuple[str, ...] = ()


class ActivityFilter(UrlFilter[LogFilter]):
    """What the URL of the activity asks for, and its fields."""

    __slots__ = ()

    @property
    def changes_query(self) -> str:
        """What of the filter the changes know, for links to them."""
        return query_of({n: value for n, value in self.given.items() if n in CHANGES})

    @property
    def usual(self) -> list[FilterField]:
        """The fields that are always seen."""
        return [each for each in self._fields if each.name in _USUAL]

    @property
    def more(self) -> list[FilterField]:
        """All other fields."""
        return [each for each in self._fields if each.name not in _USUAL]

    @property
    def has_more(self) -> bool:
        """Whether one of the other fields has a value."""
        return any(each.value for each in self.more)

    @property
    def _fields(self) -> list[FilterField]:
        return [_field_of(each, self.given.get(each.wire, "")) for each in PARAMETERS]


def filter_of(visit: Visit) -> ActivityFilter:
    """Return the filter that a URL asks for; a wrong one shows nothing, and says what is wrong."""
    names = {each.wire for each in PARAMETERS}
    given = given_in(visit)
    period = given.pop(LAST, "")
    asked = {name: value for name, value in given.items() if name in names}
    kept = asked | ({LAST: period} if period in PERIODS else {})
    try:
        check_known(given, names)
        wanted = validated(LogParameters, asked).wanted
    except AdminError as error:
        return ActivityFilter(kept, LogFilter(), str(error))
    if period in PERIODS and wanted.since is None:
        wanted = replace(wanted, since=datetime.now(UTC) - PERIODS[period][1])
    return ActivityFilter(kept, wanted)


def _field_of(parameter: Parameter, value: str) -> FilterField:
    kind: Any = parameter.field.kind
    choices = get_args(kind) if kind is not str else ()
    label = _LABELS.get(parameter.wire, parameter.wire.replace("_", " ").capitalize())
    described = parameter.filter.description or parameter.field.logged.description or ""
    return FilterField(parameter.wire, label, described, value, tuple(map(str, choices)))


_LABELS = {
    "log_type": "Kind",
    "tool_name": "Tool",
    "http_status_code": "Status",
    "integrated_account_id": "Account (id)",
    "mcp_server_id": "Server (id)",
    "created_at_gte": "From",
    "created_at_lt": "Until",
    "token_id": "API token (id)",
    "token_name": "API token",
    "upstream_id": "Vapi object (id)",
    "mcp_method": "MCP method",
}
