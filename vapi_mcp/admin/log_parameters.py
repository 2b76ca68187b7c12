"""The filters of the audit log as people and scripts write them."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, create_model

from vapi_mcp.admin.requests import Moment, RequestModel, Text
from vapi_mcp.audit.entry import PARAMETERS, LogFilter
from vapi_mcp.audit.fields import Parameter

_STATUS = r"^[1-5]([0-9][0-9]|xx)$"


def _statuses(value: Any) -> tuple[int, int]:
    if isinstance(value, tuple):
        return value
    if not re.fullmatch(_STATUS[1:-1], str(value)):
        raise ValueError("must be an HTTP status such as 429, or a class of them such as 4xx")
    return int(value.replace("x", "0")), int(value.replace("x", "9"))


Statuses: TypeAlias = Annotated[
    tuple[int, int],
    BeforeValidator(_statuses),
    WithJsonSchema({"type": "string", "pattern": _STATUS}),
]


def _asked(parameter: Parameter) -> Any:
    """Return the field of a model for a filter of the log."""
    described = Field(default=None, description=parameter.filter.description)
    return (_type_of(parameter) | None, described)


def _type_of(parameter: Parameter) -> Any:
    match parameter.filter.test:
        case "equal" | "any_id":
            return Text if parameter.field.kind is str else parameter.field.kind
        case "within":
            return Statuses
        case "from" | "before":
            return Moment


_Parameters = create_model(
    "_Parameters", __base__=RequestModel, **{each.wire: _asked(each) for each in PARAMETERS}
)


class LogParameters(_Parameters):
    """Which entries of the log; what is absent does not matter."""

    @property
    def wanted(self) -> LogFilter:
        """The filter of the log these parameters mean."""
        return LogFilter(**{each.name: getattr(self, each.wire) for each in PARAMETERS})
