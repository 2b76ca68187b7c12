"""The objects of one client, among all of an organisation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeAlias, cast

from vapi_mcp.accounts.only import Only
from vapi_mcp.invocation.belonging.kinds import KNOWN, LINKED, SCOPED, TARGET, USABLE
from vapi_mcp.invocation.belonging.ports import Reference
from vapi_mcp.invocation.belonging.references import Name, holds_any, pairs_in, with_links

# The objects of the known kinds by kind and id.
Organisation: TypeAlias = Mapping[str, Mapping[str, Any]]


class Estate:
    """The objects of one client.

    owned: assistants, squads and phone numbers of its own, and what it made. used: the tools,
    files and others that these refer to. foreign: the ids of the assistants, squads and phone
    numbers of others. tags: the pairs that the metadata of its objects has.
    """

    def __init__(self, only: Only, made: frozenset[Reference], everything: Organisation) -> None:
        """Take what a server is kept to, what it made, and all objects of the known kinds."""
        self._only = only
        self._made = made
        self._all = everything
        self.tags = only.metadata
        self.owned = frozenset(self._owned())
        self.used = self._reached([*self._held(mine=True), *self._made_tools()])
        self.foreign = frozenset(
            named for kind, named in self._scoped_pairs() if (kind, named) not in self.owned
        )

    @cached_property
    def shared(self) -> frozenset[Reference]:
        """What is used, and what others refer to as well."""
        return (self.used & self._used_by_others) - self._made

    @cached_property
    def _used_by_others(self) -> frozenset[Reference]:
        return self._reached(self._held(mine=False))

    @cached_property
    def names(self) -> frozenset[Name]:
        """The names of what is owned, each with its kind."""
        found = (
            (kind, each.get("name"))
            for kind in SCOPED
            for named, each in self._of(kind)
            if (kind, named) in self.owned
        )
        return frozenset((kind, name) for kind, name in found if isinstance(name, str))

    def after(self, kind: str, found: Mapping[str, Any]) -> Estate:
        """Return what would belong if an object were like this."""
        if kind not in self._all:
            return self
        of_kind = {**self._all[kind], str(found.get("id")): found}
        return Estate(self._only, self._made, {**self._all, kind: of_kind})

    def belongs(self, kind: str, found: Any) -> bool:
        """Return whether an object belongs; one that is not understood does not."""
        if not isinstance(found, dict) or not isinstance(named := found.get("id"), str):
            return False
        each = cast("dict[str, Any]", found)
        if self._directly(kind, named, each):
            return True
        if kind in SCOPED:
            return (kind, named) in self.owned
        each = self.shown(kind, each)
        references = pairs_in(each) - {(kind, named)}
        if not self._is_clean(each, references):
            return False
        if (kind, named) in self.used:
            return True
        # A tool of others may hand over to an assistant of this client; it stays theirs.
        leads_here = any(one in self.owned or self._is_target(one) for one in references)
        return leads_here and (kind, named) not in self._used_by_others

    def shown(self, kind: str, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an object as it is shown: of what others use as well, the owned assistants."""
        named = str(found.get("id"))
        is_linked = kind in LINKED and (kind, named) in self.used
        if not is_linked or self._directly(kind, named, found):
            return found
        return with_links(found, self.owned, self.used)

    def is_shared(self, kind: str, found: Mapping[str, Any]) -> bool:
        """Return whether others use an object as well, so that it is only read."""
        return (kind, found.get("id")) in self.shared or self.shown(kind, found) is not found

    def has(self, reference: Reference) -> bool:
        """Return whether a reference leads to what is known to belong; nothing is read for it."""
        kind, named = reference
        if reference in self.owned or reference in self.used or self._is_target(reference):
            return True
        return kind == "tool" and self.belongs(kind, self._all.get(kind, {}).get(named))

    def only_assistant(self, kind: str) -> str | None:
        """Return the one assistant that all objects of a kind refer to; None where others may."""
        mine = [one for one in self.owned if one[0] in SCOPED or one[0] == kind]
        is_one = len(mine) == 1 and mine[0][0] == "assistant" and not self.tags
        return mine[0][1] if is_one else None

    def is_named_in(self, text: str) -> bool:
        """Return whether a text holds the id or the name of something of others."""
        return any(word in text for word in self._foreign_words)

    def _is_clean(self, found: Any, references: Iterable[Reference]) -> bool:
        """Return whether an object refers to no assistant, squad or phone number of others."""
        scoped = (one for one in references if one[0] in SCOPED or one[0] == TARGET)
        return all(self.has(one) for one in scoped) and not holds_any(found, self.foreign)

    def _is_target(self, reference: Reference) -> bool:
        kind, named = reference
        return kind == TARGET and any((each, named) in self.owned for each in SCOPED)

    def _directly(self, kind: str, named: str, found: Mapping[str, Any]) -> bool:
        """Return whether an object is named, made here, or tagged."""
        if named in self._only.named(kind) or (kind, named) in self._made:
            return True
        tags = found.get("metadata")
        return bool(self._only.metadata) and (
            isinstance(tags, dict)
            and all(cast("Any", tags).get(key) == value for key, value in self._only.metadata)
        )

    def _owned(self) -> set[Reference]:
        """Return what is owned: first what says so itself, then what that leads to."""
        owned = set(self._made)
        for kind in SCOPED:
            owned |= {(kind, named) for named in self._only.named(kind)}
            owned |= {
                (kind, named)
                for named, found in self._of(kind)
                if self._directly(kind, named, found)
            }
        self._add_used("squad", ("phone_number",), owned)
        self._add_used("assistant", ("squad", "phone_number"), owned)
        self._add_referring("squad", owned)
        self._add_referring("phone_number", owned)
        return owned

    def _is_closed(self, kind: str) -> bool:
        """Return whether only what says so itself belongs; assistants say so by metadata."""
        named = self._only.named(kind)
        return bool(named) or (kind == "assistant" and bool(self._only.metadata))

    def _add_used(self, kind: str, by: Iterable[str], owned: set[Reference]) -> None:
        """Add what owned objects refer to, and no object of others."""
        if self._is_closed(kind):
            return
        mine, others = set[Reference](), set[Reference]()
        for each in by:
            for named, found in self._of(each):
                (mine if (each, named) in owned else others).update(pairs_in(found))
        owned |= {one for one in mine - others if one[0] == kind}

    def _add_referring(self, kind: str, owned: set[Reference]) -> None:
        """Add what refers to owned objects alone."""
        if self._is_closed(kind):
            return
        for named, found in self._of(kind):
            scoped = {one for one in pairs_in(found) if one[0] in SCOPED} - {(kind, named)}
            if scoped and scoped <= owned:
                owned.add((kind, named))

    def _held(self, *, mine: bool) -> Iterator[Any]:
        """Yield the assistants, squads and phone numbers that are owned, or the others."""
        for kind in SCOPED:
            for named, found in self._of(kind):
                if ((kind, named) in self.owned) == mine:
                    yield found

    def _made_tools(self) -> Iterator[Any]:
        yield from (found for named, found in self._of("tool") if ("tool", named) in self._made)

    def _reached(self, found: Iterable[Any]) -> frozenset[Reference]:
        """Return what objects refer to, and what the tools among that refer to."""
        reached, waiting = set[Reference](), list(found)
        while waiting:
            fresh = pairs_in(waiting.pop()) - reached
            reached |= fresh
            tools = self._all.get("tool", {})
            waiting += [tools[named] for kind, named in fresh if kind == "tool" and named in tools]
        return frozenset(one for one in reached if one[0] in USABLE)

    def _scoped_pairs(self) -> frozenset[Reference]:
        return frozenset((kind, named) for kind in SCOPED for named, _ in self._of(kind))

    def _of(self, kind: str) -> Iterable[tuple[str, Any]]:
        return self._all.get(kind, {}).items()

    @cached_property
    def _foreign_words(self) -> frozenset[str]:
        """Return the ids and names of what is not this client's, as an error could tell them."""
        words = set[str]()
        for kind in KNOWN:
            for named, found in self._of(kind):
                if not self.has((kind, named)):
                    words |= {named, *(w for w in _told(found) if len(w) > _SHORTEST_WORD)}
        return frozenset(words)


# Shorter names are words that any error may hold.
_SHORTEST_WORD = 3


def _told(found: Mapping[str, Any]) -> Iterator[str]:
    for key in ("name", "number"):
        if isinstance(value := found.get(key), str):
            yield value
