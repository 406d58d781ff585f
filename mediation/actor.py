"""Who acts, as the journal knows them: a role, a reference and a seat; never a name.

Lives here: the value that every door takes as ``by=``. Does not live here: accounts, sign-in, rights (``roster``,
each platform's ``access``).
Called by: the door, guards, and every window that builds one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from mediation.vocabulary import ClockKind, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """One person or mechanism, acting in one capacity.

    ``ref`` is the party's, agent's, mediator's or organisation's reference, or an opaque staff reference;
    ``seat`` the court code or organisation reference the capacity belongs to; ``via`` the platform that verified the
    person.
    ``name`` is for this screen only and never enters the journal; nor does ``power``, how far somebody at a party's own
    desk may go in its name (``vocabulary.Power``, empty for the party itself): it is judged where they are known; nor
    ``proof``, the digest of the one document that this person has just been proved, by a one-time code, to sign
    (``signatures.proving``): it never crosses, so that nobody signs where the document is not.
    """

    role: Role
    ref: str
    seat: str = ""
    via: str = ""
    name: str = field(default="", compare=False)
    power: str = field(default="", compare=False)
    proof: str = field(default="", compare=False)

    def entry(self) -> dict[str, str]:
        """Return what the journal keeps of this actor."""
        return {"role": self.role.value, "ref": self.ref, "seat": self.seat, "via": self.via}

    @classmethod
    def from_entry(cls, value: dict[str, Any]) -> Self:
        """Read an actor back from a journal entry; raises ValueError or KeyError if it is malformed."""
        texts = {key: value[key] for key in ("ref", "seat", "via")}
        if not all(isinstance(text, str) and len(text) <= 80 for text in texts.values()):
            raise ValueError("actor")
        return cls(Role(value["role"]), **texts)


def platform_itself(code: str) -> Actor:
    """Return the actor for what a platform does of its own accord (``receive``, ``return_agreement``, ``reckon``)."""
    return Actor(Role.PLATFORM, code, code, code)


def clock_itself(kind: ClockKind, code: str) -> Actor:
    """Return the actor for a lapse: the clock that ran out, on the platform that owns the state."""
    return Actor(Role.CLOCK, kind.value, code, code)
