"""The filters of the changes, as their URL has them."""

from __future__ import annotations

from vapi_mcp.admin.undo.change_parameters import ChangeParameters
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.console.frame.url_filter import UrlFilter, check_known, given_in
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AdminError
from vapi_mcp.invocation.writes.undo.change import ChangeFilter

NAMES = tuple(ChangeParameters.model_fields)


def filter_of(visit: Visit) -> UrlFilter[ChangeFilter]:
    """Return the filter that a URL asks for; a wrong one shows nothing, and says what is wrong."""
    given = given_in(visit)
    asked = {name: value for name, value in given.items() if name in NAMES}
    try:
        check_known(given, NAMES)
        return UrlFilter(asked, validated(ChangeParameters, asked).wanted)
    except AdminError as error:
        return UrlFilter(asked, ChangeFilter(), str(error))
