"""The filters of the changes, as their URL has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from vapi_mcp.admin.undo.change_parameters import ChangeParameters
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.console.frame.paging import PLACES
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AdminError
from vapi_mcp.invocation.writes.undo.change import ChangeFilter

NAMES = tuple(ChangeParameters.model_fields)


@dataclass(frozen=True, slots=True)
class ChangesFilter:
    """What a URL asks for.

    given: by parameter, as it is written. problem: what is wrong with it.
    """

    given: Mapping[str, str]
    wanted: ChangeFilter
    problem: str = ""

    @property
    def query(self) -> str:
        """The filter for links: a query string with its question mark, or nothing."""
        return f"?{urlencode(self.given)}" if self.given else ""


def filter_of(visit: Visit) -> ChangesFilter:
    """Return the filter that a URL asks for; a wrong one shows nothing, and says what is wrong."""
    items = visit.request.query_params.items()
    given = {key: value.strip() for key, value in items if value.strip()}
    asked = {key: value for key, value in given.items() if key in NAMES}
    unknown = given.keys() - {*NAMES, *PLACES, "done"}
    try:
        if unknown:
            raise AdminError(f"there is no filter {', '.join(sorted(unknown))}", status=400)
        return ChangesFilter(asked, validated(ChangeParameters, asked).wanted)
    except AdminError as error:
        return ChangesFilter(asked, ChangeFilter(), str(error))
