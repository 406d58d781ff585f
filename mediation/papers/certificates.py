"""The certificate a court gives to whoever has entered its roster (TY-5).

Lives here: what it says. Does not live here: entering the roster (``roster``), who may take it (``rights``).
Called by: ``making``.
"""

from __future__ import annotations

from mediation.papers import wording
from mediation.papers.letters import small, text
from mediation.papers.press import Sheet
from mediation.papers.wording import solemn_day
from mediation.vocabulary import OrganisationKind, PaperKind
from roster.models import Listing, Mediator, Organisation


def certificate(court: str, listing: Listing, entrant: Organisation | Mediator, member_of: str = "") -> Sheet:
    """Return the certificate of one entry in force; ``member_of`` names the organisation that recommends a mediator."""
    assert listing.listed_on is not None
    on = listing.listed_on
    if isinstance(entrant, Organisation):
        kind, who = PaperKind.ORGANISATION_CERTIFICATE, "特邀调解组织"
        basis = wording.articles(["TY-5", "TY-6", "N-4.4b"], on)
        sort = "" if entrant.kind == OrganisationKind.OTHER else f"{OrganisationKind(entrant.kind).label}，"
        told = f"你组织（{sort}统一社会信用代码{entrant.credit_code}）符合条件，经本院确认，列入本院特邀调解组织名册"
    else:
        kind, who = PaperKind.MEDIATOR_CERTIFICATE, "特邀调解员"
        basis = wording.articles(["TY-5", "TY-6", "N-4.4b"], on)
        by = f"经{member_of}推荐，" if member_of else ""
        told = f"{by}你符合条件，经本院确认，列入本院特邀调解员名册"
    until = wording.plain_day(listing.expires_on) if listing.expires_on else "退出名册之日"
    code = str(getattr(listing, "verification_code", "") or "")
    return Sheet(
        issuer=court,
        title=kind.label,
        number=f"证书编号：{listing.certificate_number or listing.ref}",
        recipient=entrant.name,
        blocks=[
            text(f"依照{basis}，{told}，可以接受本院委派、委托，以{who}身份调解证券期货纠纷。特发此证。"),
            text(f"有效期：自{wording.plain_day(on)}至{until}。"),
        ],
        signed=court,
        day=solemn_day(on),
        after=[
            *([small(f"核验码：{code}")] if code else []),
            small("名册状态以人民法院调解平台公布的名册为准；"),
            small("暂停、除名、退出或者期满的，本证书失效。"),
        ],
        template="certificate.typ",
    )
