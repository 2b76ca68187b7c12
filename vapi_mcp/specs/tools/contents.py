"""What the answers of a resource hold that their reader has to know about: `contents.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field


class NamedId(BaseModel):
    """An id that has a name beside it.

    beside: the key of the name. keys: what of the named object is its name, dotted ones too, the
    first that it has.
    reader, lister: the tools that read one of these objects, or many.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    beside: str
    keys: list[str] = Field(alias="from")
    reader: str
    lister: str


class ContentsFile(BaseModel):
    """The file: untrusted paths and repetitions by resource, keys of links for all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    untrusted: dict[str, dict[str, str]]
    links: dict[str, str | None]
    dead_links: dict[str, dict[str, str]]
    copies: dict[str, dict[str, str]]
    retellings: dict[str, dict[str, str]]
    names: dict[str, NamedId]
    own_names: dict[str, dict[str, NamedId]]

    def of(self, resource: str) -> Contents:
        """Return what concerns one resource."""
        return Contents(
            untrusted=tuple(self.untrusted.get(resource, {})),
            copies=self.copies.get(resource, {}),
            retellings=self.retellings.get(resource, {}),
            links=self.links,
            dead_links=self.dead_links.get(resource, {}),
            names={**self.names, **self.own_names.get(resource, {})},
            own_names=self.own_names.get(resource, {}),
        )


@dataclass(frozen=True, slots=True)
class Contents:
    """What the answers of one resource hold.

    untrusted: dotted paths of text that outsiders had a hand in. copies: paths that repeat another
    path; retellings: paths that tell another one again, shorter. links: keys, at any depth, of
    links that open without a key, and the name of the tool that gives the same with an expiry.
    dead_links: keys of links that do not open, and the name of the tool that gives one which does.
    names: keys of ids that get a name beside them; own_names: those of them that only this resource
    has, dotted ones and lists too.
    """

    untrusted: tuple[str, ...] = ()
    copies: Mapping[str, str] = field(default_factory=dict[str, str])
    retellings: Mapping[str, str] = field(default_factory=dict[str, str])
    links: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    dead_links: Mapping[str, str] = field(default_factory=dict[str, str])
    names: Mapping[str, NamedId] = field(default_factory=dict[str, NamedId])
    own_names: Mapping[str, NamedId] = field(default_factory=dict[str, NamedId])

    @property
    def repetitions(self) -> Mapping[str, str]:
        """Copies and retellings."""
        return {**self.copies, **self.retellings}
