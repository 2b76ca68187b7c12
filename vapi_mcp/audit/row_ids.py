"""The ids of rows of the audit log."""

from __future__ import annotations

import os

_BYTES = 16
_AT_ONCE = 64
_LAST_OF_VARIANT = "89ab"


class _RowIds:
    """Makes random UUIDs (version 4), and asks the system for their bits many at a time."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def new(self) -> str:
        try:
            bits = self._bits.pop()
        except IndexError:
            more = os.urandom(_BYTES * _AT_ONCE).hex()
            whole = range(0, len(more), 2 * _BYTES)
            bits, *self._bits = [more[at : at + 2 * _BYTES] for at in whole]
        variant = _LAST_OF_VARIANT[int(bits[16], 16) & 3]
        return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-{variant}{bits[17:20]}-{bits[20:]}"

    def forget(self) -> None:
        """Keep no bits: a process that was forked would make the ids of its parent."""
        self._bits = []


_ids = _RowIds()
new_row_id = _ids.new
os.register_at_fork(after_in_child=_ids.forget)
