from __future__ import annotations

import time
from uuid import UUID

import pytest

from vapi_mcp.audit.row_ids import new_row_id


def test_row_ids_are_uuids_that_begin_with_their_time() -> None:
    before = time.time_ns() // 1_000_000
    ids = [new_row_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    found = [UUID(each) for each in ids]
    assert len(set(ids)) == len(ids)
    assert [str(each) for each in found] == ids
    assert {(each.version, each.variant) for each in found} == {(7, "specified in RFC 4122")}
    assert all(before <= each.int >> 80 <= after for each in found)


def test_the_rest_of_a_row_id_is_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_800_000_000_123_456_789)
    found = [UUID(new_row_id()).int for _ in range(1000)]
    fixed = {each >> 80 for each in found}
    always = [bit for bit in range(80) if len({each >> bit & 1 for each in found}) == 1]
    # Four bits of the version, two of the variant.
    assert (fixed, always) == ({1_800_000_000_123}, [62, 63, 76, 77, 78, 79])
