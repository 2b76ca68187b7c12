"""Failures of a store, logged once and counted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from vapi_mcp.errors import StoreError

_AGAIN_SECONDS = 60.0

logger = logging.getLogger(__name__)

_counts: list[Callable[[], object]] = []


@contextmanager
def counting_failures(count: Callable[[], object]) -> Generator[None]:
    """Call `count` at each failure of a store meanwhile, logged or not."""
    _counts.append(count)
    try:
        yield
    finally:
        _counts.remove(count)


class Outage:
    """Logs a failure that lasts once, and then how often it came: under load it comes a lot.

    One that comes and goes is logged once a minute, too.
    """

    def __init__(self) -> None:
        self._reason = ""
        self._reference = ""
        self._count = 0
        self._logged = 0.0
        self._lasts = False

    def note(self, error: Exception) -> StoreError:
        """Return the error for a caller, with the reference of its cause in the log."""
        failed = StoreError()
        for count in _counts:
            count()
        reason = f"{type(error).__name__} {getattr(error, 'orig', error)}"
        is_same = reason == self._reason
        if is_same and time.monotonic() - self._logged < _AGAIN_SECONDS:
            self._count += 1
            failed.reference = self._reference
            failed.args = (
                f"the store did not answer; the log has the cause under {self._reference}",
            )
            return failed
        fields = {"reference": failed.reference, "repeated": self._count}
        logger.error("the store failed", extra=fields, exc_info=error)
        self._reason, self._reference = reason, failed.reference
        self._logged, self._count, self._lasts = time.monotonic(), 0, True
        return failed

    def end(self) -> None:
        """Note that the store answers."""
        if self._lasts:
            fields = {"reference": self._reference, "repeated": self._count}
            logger.warning("the store answers again", extra=fields)
            self._lasts, self._count = False, 0
