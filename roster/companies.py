"""Companies that people have disputes with: listed companies, brokers, fund and futures firms, found by name or code.

Lives here: searching the table ``reference/companies.csv``. Does not live here: whom somebody applies against (the
application states it; a company that is not in the table is typed in).
Called by: the application's step about the respondent.

Names and securities codes are public knowledge, written down by hand for this table and not drawn from an exchange's
list, against which they are to be checked before real use; a code may be that of the listed parent. The last lines are
the invented companies of the demonstration, the only ones with a credit code.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from mediation.vocabulary import Institution
from roster import reference
from roster.identity import normalise

MOST_FOUND = 8


@dataclass(frozen=True)
class Company:
    """One company: ``sort`` is LISTED, BROKER, FUND or FUTURES; ``code`` its securities code, if it has one."""

    sort: str
    code: str
    short: str
    name: str
    credit_code: str

    @property
    def institution(self) -> Institution:
        """Whether the company has a duty to take part (ZQ-94, QH-56)."""
        return {"BROKER": Institution.SECURITIES, "FUTURES": Institution.FUTURES}.get(self.sort, Institution.NONE)


@lru_cache(maxsize=1)
def _all() -> tuple[Company, ...]:
    return tuple(Company(**row) for row in reference.rows("companies"))


def search(text: str) -> list[Company]:
    """Return companies whose code begins with a text or whose name holds it, the closest first."""
    wanted = normalise(text)
    if len(wanted) < 2:
        return []
    ranked = [
        (not one.code.startswith(wanted), not normalise(one.short).startswith(wanted), len(one.name), one.name, one)
        for one in _all()
        if (one.code and one.code.startswith(wanted)) or wanted in normalise(one.short) or wanted in normalise(one.name)
    ]
    return [found[-1] for found in sorted(ranked, key=lambda one: one[:-1])[:MOST_FOUND]]


def by_name(name: str) -> Company | None:
    """Return the company of exactly this name."""
    return next((one for one in _all() if normalise(one.name) == normalise(name)), None)
