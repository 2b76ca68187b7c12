"""The comparison of what two servers are kept to."""

from __future__ import annotations

from vapi_mcp.accounts.only import NAMED_KINDS, Only


def is_within(only: Only | None, other: Only | None) -> bool:
    """Return whether a server kept to `only` can see no more than one kept to `other`.

    An object belongs by its id or by its metadata, so that a new id and a missing pair add some.
    A kind without ids is open to what others use, so that the last id of a kind is kept.
    """
    if other is None:
        return True
    return only is not None and _has_ids_of(only, other) and _has_pairs_of(only, other)


def _has_ids_of(only: Only, other: Only) -> bool:
    named = ((getattr(only, key), getattr(other, key)) for key in NAMED_KINDS)
    return all({*ids} <= {*known} and bool(ids) == bool(known) for ids, known in named)


def _has_pairs_of(only: Only, other: Only) -> bool:
    if not only.metadata:
        # Pairs close assistants to what others use, as their ids do.
        return bool(other.assistants) or not other.metadata
    return bool(other.metadata) and {*only.metadata} >= {*other.metadata}
