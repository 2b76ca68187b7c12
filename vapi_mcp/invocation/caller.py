"""The client behind a call, as far as it can be asked something while the call runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

# "one way": the client can ask, but its connection carries no question to it.
WayToAsk: TypeAlias = Literal["now", "by retry", "one way", "no"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a user said to a question: whether it is agreed to.

    state: what came back of the question, where it was put by asking for a retry; nothing of it
    is checked yet. is_answered: false where the client closed the question without an answer, as
    clients without a user do by themselves.
    """

    agreed: bool
    state: str | None = None
    is_answered: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a user: the client repeats its call with the answer and the state."""

    text: str
    state: str


class Caller(Protocol):
    """The client behind a tool call.

    origin: what URLs of this server begin with where the caller is; None where it knows none.
    """

    @property
    def way_to_ask(self) -> WayToAsk:
        """Return how its user can be asked something while it calls."""
        ...

    @property
    def reply(self) -> Reply | None:
        """Return the answer that this call brought to an earlier question, by retry."""
        ...

    async def ask(self, question: str) -> Reply:
        """Ask its user to agree, where the way to ask is "now"."""
        ...

    @property
    def is_local(self) -> bool:
        """Return whether it shares this machine's files, so that some may be written for it."""
        ...

    @property
    def origin(self) -> str | None:
        """Return the scheme, host and port it reached this server at, if it came over HTTP."""
        ...

    async def report(self, text: str) -> None:
        """Send a piece of the answer ahead, if the client asked for progress."""
        ...


@dataclass(frozen=True, slots=True)
class SilentCaller:
    """A caller that cannot be spoken to, such as a shell."""

    is_local: bool = False
    origin: str | None = None
    way_to_ask: WayToAsk = "no"
    reply: Reply | None = None

    async def ask(self, question: str) -> Reply:
        """Take silence for a no."""
        del question
        return Reply(agreed=False)

    async def report(self, text: str) -> None:
        """Do nothing."""
        del text


NOBODY = SilentCaller()
