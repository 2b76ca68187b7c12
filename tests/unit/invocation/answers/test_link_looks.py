"""Looks at bytes that stand for a walk: they may say maybe too often, never no too often."""

from __future__ import annotations

import pytest

from vapi_mcp.invocation.answers.links.secret_links import SecretLinks

_TOOLS = {"presignedMonoUrl": None, "listenUrl": None}


@pytest.mark.parametrize(
    "link",
    [
        "https://x.test/a?sig=1",
        "http://x.test/a?b=1&TOKEN",
        "https://x.test/a?to%6ben=1",
        'https://x.test/a"\\b?sig=1',
        "https://x.test/ü?Signature=1",
    ],
)
def test_a_signed_link_leaves_a_list_however_its_name_is_written(link: str) -> None:
    links = SecretLinks({}, ())
    items = [{"id": "a"}, {"id": "b", "notes": [{"at": at, "of": link} for at in range(9)]}]
    kept = links.removed_from_items(items)
    assert kept == [{"id": "a"}, {"id": "b", "notes": [{"at": at} for at in range(9)]}]


@pytest.mark.parametrize("key", _TOOLS)
def test_a_key_of_links_leaves_a_list_whatever_it_holds(key: str) -> None:
    links = SecretLinks(_TOOLS, ())
    assert links.removed_from_items([{"id": "a"}, {"id": "b", key: "x"}]) == [
        {"id": "a"},
        {"id": "b"},
    ]


def test_a_list_without_links_keeps_its_very_items() -> None:
    items = [{"url": "https://x.test/a", "said": "why?"}, {"monoUrl": "x"}]
    kept = SecretLinks(_TOOLS, ()).removed_from_items(items)
    assert all(one is other for one, other in zip(kept, items, strict=True))
