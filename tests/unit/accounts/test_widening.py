"""The comparison of what two servers are kept to."""

from __future__ import annotations

from typing import Any

import pytest

from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.widening import is_within

ACME = {"assistants": ["a", "b"], "metadata": {"client": "acme"}}


def _only(given: dict[str, Any] | None) -> Only | None:
    return Only.of(given) if given else None


@pytest.mark.parametrize(
    "narrower",
    [
        ACME,
        {"assistants": ["a"], "metadata": {"client": "acme"}},
        {"assistants": ["a", "b"]},
        {"assistants": ["a", "b"], "metadata": {"client": "acme", "area": "north"}},
    ],
)
def test_fewer_ids_and_more_pairs_see_no_more(narrower: dict[str, Any]) -> None:
    assert is_within(_only(narrower), _only(ACME))
    assert is_within(_only(narrower), None)


@pytest.mark.parametrize(
    "wider",
    [
        None,
        {"assistants": ["a", "c"], "metadata": {"client": "acme"}},
        {"metadata": {"client": "acme"}},
        {"assistants": ["a"], "metadata": {"client": "globex"}},
        {"assistants": ["a"], "metadata": {"area": "north"}},
        {"assistants": ["a"], "squads": ["s"], "metadata": {"client": "acme"}},
    ],
)
def test_another_id_a_missing_pair_and_a_kind_without_ids_see_more(
    wider: dict[str, Any] | None,
) -> None:
    assert not is_within(_only(wider), _only(ACME))


def test_numbers_alone_see_more_than_numbers_and_pairs() -> None:
    assert not is_within(
        Only(phone_numbers=("n",)), Only(phone_numbers=("n",), metadata=(("client", "acme"),))
    )


def test_pairs_besides_ids_alone_see_more() -> None:
    assert not is_within(_only(ACME), Only(assistants=("a", "b")))
