"""The values of a call's `endedReason`: their class, meaning and remedy (`ended_reasons.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from vapi_mcp.specs.location import specs_directory
from vapi_mcp.specs.tools.validated import validated

FILE = "ended_reasons.yaml"

EndedReasonClass: TypeAlias = Literal["technical", "no_contact", "normal", "limit"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Family(_Strict):
    """Reasons that mean the same; `*` in one stands for any text."""

    kind: EndedReasonClass = Field(alias="class")
    reasons: tuple[str, ...] = Field(min_length=1)
    meaning: str
    advice: str

    def has(self, reason: str) -> bool:
        """Return whether a reason belongs to it."""
        return any(fnmatchcase(reason, pattern) for pattern in self.reasons)


class EndedReasonsFile(_Strict):
    """The file. others: families for values that Vapi adds later, the first that fits."""

    source: str
    classes: Mapping[EndedReasonClass, str]
    faults: Mapping[str, str]
    families: tuple[Family, ...]
    others: tuple[Family, ...]


@dataclass(frozen=True, slots=True)
class EndedReason:
    """What one value means."""

    reason: str
    kind: EndedReasonClass
    kind_meaning: str
    meaning: str
    advice: str
    source: str

    def as_dict(self) -> dict[str, str]:
        """Return it for an answer, with the name that answers give the class."""
        return {
            "endedReason": self.reason,
            "endedReasonClass": self.kind,
            "class": self.kind_meaning,
            "meaning": self.meaning,
            "advice": self.advice,
            "source": self.source,
        }


@cache
def load_ended_reasons() -> EndedReasonsFile:
    """Read the file (once a process).

    Raises:
        SpecError: It breaks the form.
    """
    return validated(EndedReasonsFile, specs_directory() / FILE)


@lru_cache(maxsize=1024)
def class_of(reason: str) -> EndedReasonClass:
    """Return the class of a value, also of one that Vapi added later."""
    return _family(reason).kind


def ended_reason(reason: str) -> EndedReason:
    """Return what is known of a value."""
    file, family = load_ended_reasons(), _family(reason)
    faults = [text for form, text in file.faults.items() if fnmatchcase(reason, form)]
    return EndedReason(
        reason=reason,
        kind=family.kind,
        kind_meaning=file.classes[family.kind],
        meaning=" ".join([family.meaning, *faults]),
        advice=family.advice,
        source=file.source,
    )


def _family(reason: str) -> Family:
    file = load_ended_reasons()
    return next(family for family in (*file.families, *file.others) if family.has(reason))
