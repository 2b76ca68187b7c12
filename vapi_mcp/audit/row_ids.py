"""The ids of rows of the audit log."""

from __future__ import annotations

import os
import time

_BYTES = 10
_AT_ONCE = 64
_VARIANT = "89ab"


class _RowIds:
    """Makes UUIDs that begin with their time (version 7), so that new rows stand at the end.

    A database then writes to a few pages, where ids without an order have it write to one each.
    The random bits are asked of the system many at a time.
    """

    def __init__(self) -> None:
        self._bits: list[str] = []

    def new(self) -> str:
        try:
            bits = self._bits.pop()
        except IndexError:
            more = os.urandom(_BYTES * _AT_ONCE).hex()
            whole = range(0, len(more), 2 * _BYTES)
            bits, *self._bits = [more[at : at + 2 * _BYTES] for at in whole]
        now = f"{time.time_ns() // 1_000_000:012x}"
        variant = _VARIANT[int(bits[0], 16) & 3]
        return f"{now[:8]}-{now[8:]}-7{bits[1:4]}-{variant}{bits[4:7]}-{bits[8:]}"

    def forget(self) -> None:
        """Keep no bits: a process that was forked would make the ids of its parent."""
        self._bits = []


_ids = _RowIds()
new_row_id = _ids.new
os.register_at_fork(after_in_child=_ids.forget)
