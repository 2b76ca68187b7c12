"""The searches that are measured find what there is."""

from __future__ import annotations

from tests.bench.search import SEARCHES, calls, searched, served


async def test_every_search_that_is_measured_finds_what_there_is() -> None:
    runner, port = await served(250)
    try:
        found = {name: await searched(port, given) for name, given in SEARCHES.items()}
    finally:
        await runner.cleanup()
    known = calls(250)
    assert found["where, 40 matches"]["total"] == 5
    assert found["words in what was said"]["total"] == sum(each["cost"] > 0.75 for each in known)
    assert [item["cost"] for item in found["sort by cost"]["result"]] == [0.8] * 5
    for name in ("count by reason", "the same, since a date"):
        counts = {row["endedReason"]: row["count"] for row in found[name]["result"]}
        assert counts == {"customer-ended-call": 245, "voicemail": 5}
