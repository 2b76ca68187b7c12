"""What a client sees, in any organisation: no more where it is kept to less, nothing of others."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.widening import is_within
from vapi_mcp.invocation.belonging.estate import Estate
from vapi_mcp.invocation.belonging.references import pairs_in

_IDS = {
    "assistant": ("a1", "a2", "a3"),
    "squad": ("s1", "s2"),
    "phone_number": ("n1", "n2"),
    "tool": ("t1", "t2"),
    "call": ("c1", "c2"),
}
_METADATA = ({}, {"client": "acme"}, {"client": "acme", "area": "north"}, {"client": "globex"})


def _some(kind: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(_IDS[kind]), unique=True, max_size=2)


def _maybe(**kinds: str) -> st.SearchStrategy[dict[str, Any]]:
    keys = {key: st.sampled_from(_IDS[kind]) for key, kind in kinds.items()}
    return st.fixed_dictionaries({}, optional=keys)


_OBJECTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "assistant": st.builds(
        lambda metadata, tools: {"metadata": metadata, "model": {"toolIds": tools}},
        st.sampled_from(_METADATA),
        _some("tool"),
    ),
    "squad": st.builds(
        lambda ids: {"members": [{"assistantId": each} for each in ids]}, _some("assistant")
    ),
    "phone_number": _maybe(assistantId="assistant", squadId="squad"),
    "tool": _maybe(assistantId="assistant"),
    "call": _maybe(assistantId="assistant", squadId="squad", phoneNumberId="phone_number"),
}
_ORGANISATIONS = st.fixed_dictionaries(
    {
        kind: st.fixed_dictionaries(
            {each: made.map(lambda found, each=each: {**found, "id": each}) for each in _IDS[kind]}
        )
        for kind, made in _OBJECTS.items()
    }
)
_GIVEN = st.fixed_dictionaries(
    {
        "assistants": _some("assistant"),
        "squads": _some("squad"),
        "phone_numbers": _some("phone_number"),
        "metadata": st.sampled_from(_METADATA),
    }
).filter(lambda given: any(given.values()))


def _seen(only: Only, organisation: dict[str, dict[str, Any]]) -> set[str]:
    known = {kind: shelf for kind, shelf in organisation.items() if kind != "call"}
    estate = Estate(only, frozenset(), known)
    return {
        named
        for kind, shelf in organisation.items()
        for named, found in shelf.items()
        if estate.belongs(kind, found)
    }


@settings(max_examples=300)
@given(_GIVEN, _GIVEN, _ORGANISATIONS)
def test_what_is_no_wider_shows_nothing_more(
    narrow: dict[str, Any], wide: dict[str, Any], organisation: dict[str, dict[str, Any]]
) -> None:
    # Most pairs of two are no narrower, so that ids are taken away from one of them.
    for key in ("assistants", "squads", "phone_numbers"):
        narrow = {**narrow, key: [each for each in narrow[key] if each in wide[key]] or wide[key]}
    assume(any(narrow.values()))
    only, other = Only.of(narrow), Only.of(wide)
    assume(is_within(only, other))
    assert _seen(only, organisation) <= _seen(other, organisation)


@settings(max_examples=300)
@given(_ORGANISATIONS)
def test_what_a_client_sees_leads_to_no_assistant_of_another(
    organisation: dict[str, dict[str, Any]],
) -> None:
    tagged = {
        client: {
            named
            for named, found in organisation["assistant"].items()
            if found["metadata"].get("client") == client
        }
        for client in ("acme", "globex")
    }
    seen = _seen(Only(metadata=(("client", "acme"),)), organisation)
    assert tagged["acme"] <= seen
    assert not tagged["globex"] & seen
    for shelf in organisation.values():
        for named in shelf.keys() & seen:
            assert not {each for _, each in pairs_in(shelf[named])} & tagged["globex"]
