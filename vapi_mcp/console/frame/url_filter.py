"""A filter of a list, as the URL of its page has it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from vapi_mcp.console.frame.paging import PLACES
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AdminError

_Wanted_co = TypeVar("_Wanted_co", covariant=True)


@dataclass(frozen=True, slots=True)
class UrlFilter(Generic[_Wanted_co]):
    """What a URL asks for.

    given: by parameter, as it is written. problem: what is wrong with it.
    """

    given: Mapping[str, str]
    wanted: _Wanted_co
    problem: str = ""

    @property
    def query(self) -> str:
        """The filter for links: a query string with its question mark, or nothing."""
        return query_of(self.given)


def query_of(given: Mapping[str, str]) -> str:
    """Return parameters as a query string with its question mark, or nothing."""
    return f"?{urlencode(given)}" if given else ""


def given_in(visit: Visit) -> dict[str, str]:
    """Return the parameters of a URL that are not blank."""
    items = visit.request.query_params.items()
    return {name: value.strip() for name, value in items if value.strip()}


def check_known(given: Mapping[str, str], names: Collection[str]) -> None:
    """Refuse parameters that are neither filters nor the place in a list.

    Raises:
        AdminError: 400, it names them.
    """
    if unknown := given.keys() - {*names, *PLACES, "done"}:
        raise AdminError(f"there is no filter {', '.join(sorted(unknown))}", status=400)
