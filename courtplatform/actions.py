"""What people do on the court platform beyond the moves of a case that stands: opening one.

Called by: ``portal``. Everything goes through the door.
"""

from __future__ import annotations

from mediation import moves
from mediation.models import Case, CaseEvent
from mediation.vocabulary import Source, Track
from mediation.windows.wizard import Application


def file(application: Application) -> CaseEvent:
    """This function will file an application with a court and return the entry (N-4.5a, ZX-8).

    Raises what the door raises.
    The draft's reference is the idempotency key: the same application is filed once however often it is sent.
    """
    stated = application.facts() | {
        "track": Track.DELEGATED.value,
        "court": application.of("addressee")["court"],
        "source": application.source(Source.ONLINE_COURT).value,
    }
    entry = moves.perform(
        Case(platform=application.draft.platform),
        Case.file,
        by=application.actor,
        at=application.at,
        facts=stated,
        enclosures=application.enclosures(),
        key=str(application.draft.ref),
    )
    assert isinstance(entry, CaseEvent)
    return entry
