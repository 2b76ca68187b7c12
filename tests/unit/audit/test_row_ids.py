from __future__ import annotations

from uuid import UUID

from vapi_mcp.audit.row_ids import new_row_id


def test_row_ids_are_random_uuids() -> None:
    ids = [new_row_id() for _ in range(1000)]
    found = [UUID(each) for each in ids]
    assert len(set(ids)) == len(ids)
    assert [str(each) for each in found] == ids
    assert {(each.version, each.variant) for each in found} == {(4, found[0].variant)}
    assert found[0].variant == "specified in RFC 4122"
