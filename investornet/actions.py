"""What people do on InvestorNet beyond the moves of a case that stands: opening one.

Called by: ``portal``. Everything goes through the door.
"""

from __future__ import annotations

from investornet.forms import OfflineForm
from mediation import moves
from mediation.actor import Actor
from mediation.models import Case, CaseEvent
from mediation.vocabulary import DocumentKind, Source
from mediation.windows import uploads
from mediation.windows.wizard import Application
from roster.models import Account


def apply(application: Application) -> CaseEvent:
    """This function will hand an application to an organisation and return the entry (N-4.5b).

    Raises what the door raises.
    The draft's reference is the idempotency key: the same application is made once however often it is sent.
    """
    stated = application.facts() | {
        "organisation": application.of("addressee")["organisation"],
        "source": (Source.HOTLINE_12386 if application.of("claim").get("complaint") else Source.ONLINE_NET).value,
    }
    entry = moves.perform(
        Case(platform=application.draft.platform),
        Case.apply,
        by=application.actor,
        at=application.at,
        facts=stated,
        enclosures=application.enclosures(),
        key=str(application.draft.ref),
    )
    assert isinstance(entry, CaseEvent)
    return entry


def record_offline(form: OfflineForm, by: Actor, account: Account) -> CaseEvent:
    """This function will record an agreement reached off line (N-4.5e). Raises what the door raises."""
    given, key = form.cleaned_data, str(form.cleaned_data["key"])
    agreement = uploads.keep(by.via, given["agreement"], form.at)[0]
    proofs = uploads.keep(by.via, given["proof"], form.at)
    stated = form.stated() | {
        "organisation": by.seat,
        "source": given["source"],
        "digest": agreement.sha256,
        "mediators": given["mediators"],
    }
    kinds = [DocumentKind.AGREEMENT, *[DocumentKind.ORGANISATION_PROOF] * len(proofs)]
    papers = [
        uploads.enclose(kept, kind, "ALL", seed=key, place=place)
        for place, (kept, kind) in enumerate(zip([agreement, *proofs], kinds, strict=True))
    ]
    entry = moves.perform(
        Case(platform=by.via),
        Case.record_offline,
        by=by,
        at=form.at,
        facts=stated,
        enclosures=[*form.people(), *papers],
        key=f"{account.ref.hex}/{key}",
    )
    assert isinstance(entry, CaseEvent)
    return entry
