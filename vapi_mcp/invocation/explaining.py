"""What only explains an answer: when it breaks down, the answer goes out without it."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

_T = TypeVar("_T")

logger = logging.getLogger(__name__)


@contextmanager
def explaining(part: str) -> Generator[None]:
    """Run what shapes a hint, note, audit row or metric; what it raises is logged under an id.

    An explanation never replaces the answer or the error that it explains.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is worth more
        logged(error, part)


def explained(part: str, explain: Callable[[], _T], otherwise: _T) -> _T:
    """Return an explanation, or `otherwise` where it breaks down."""
    try:
        return explain()
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is worth more
        logged(error, part)
        return otherwise


def logged(error: Exception, where: str) -> str:
    """Log a failure of ours, and return the id it has in the log.

    The exception's own text stays out: it may quote arguments, keys or upstream answers.
    """
    mark = secrets.token_hex(6)
    kinds = " from ".join(type(link).__name__ for link in _chain(error))
    places = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s broke down (%s): %s\n%s", where, mark, kinds, places)
    return mark


def _chain(error: BaseException | None) -> list[BaseException]:
    links: list[BaseException] = []
    while error is not None and error not in links:
        links.append(error)
        error = error.__cause__ or error.__context__
    return links
