"""Versions of an agreement in a case: worked on by the mediator, shown to the parties, proposed for signature.

Lives here: beginning, saving, showing, commenting, checking, proposing. Does not live here: who may do it (``rights``),
the move itself (the door), forms.
Called by: pages.

What a draft says stays in its row on this platform; only ``propose`` encloses it, for the parties alone (TY-2).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from mediation import files, guards, log, moves
from mediation.actor import Actor
from mediation.clauses import defects
from mediation.clauses.agreement import Body
from mediation.clauses.defects import Sight
from mediation.clauses.printing import compose, mark_of, people_of, print_agreement
from mediation.flaws import Defect
from mediation.models import AgreementDraft, Case, CaseEvent, DraftComment, Notice
from mediation.moves import Enclosed
from mediation.papers import Paper
from mediation.vocabulary import Audience, DocumentKind, EnclosureKind, Errand, Power, Role, State, gettext_noop
from mediation.workdays import local_day

EDITABLE = (State.ACCEPTED, State.MEDIATING)
COMMENTABLE = (*EDITABLE, State.SIGNING)
MOST_COMMENTS = 500
ARCHIVAL = "PDF/A-2B"
"""What agreements are printed as (``papers.press``)."""

SHOWN = gettext_noop("调解员发出了调解协议草稿，请核对并提出意见。")
REMARKED = gettext_noop("当事人对调解协议草稿提出了意见。")


class NotNow(Exception):
    """案件目前的状态下不能起草或者修改协议"""

    def __str__(self) -> str:
        return gettext_noop("案件目前的状态下不能起草或者修改协议")


class Overwritten(Exception):
    """其他人刚刚保存了这份草稿，请核对最新内容后再改"""

    def __str__(self) -> str:
        return gettext_noop("其他人刚刚保存了这份草稿，请核对最新内容后再改")


class Unfit(Exception):
    """协议还有必须改正的问题"""

    def __init__(self, found: list[Defect]) -> None:
        super().__init__(self.__doc__)
        self.found = found


def versions(case: Case) -> list[AgreementDraft]:
    """Return all versions of a case's agreement, oldest first."""
    return list(AgreementDraft.objects.filter(case=case).order_by("version"))


def is_editable(case: Case) -> bool:
    """Tell whether an agreement may be drafted in the case's present state."""
    return case.state in EDITABLE


def begin(case: Case, *, by: Actor, at: datetime) -> AgreementDraft:
    """This function will return the version that is worked on; where there is none it begins one from the last.

    Raises NotNow.
    """
    if not is_editable(case):
        raise NotNow
    held = AgreementDraft.objects.filter(case=case).order_by("-version").first()
    if held is not None and held.shared_at is None:
        return held
    try:
        with transaction.atomic():
            return AgreementDraft.objects.create(
                platform=case.platform,
                case=case,
                version=held.version + 1 if held else 1,
                body=held.body if held else Body().dump(),
                author=by.ref,
                updated_at=at,
            )
    except IntegrityError:
        # Another window began it at the same time.
        return AgreementDraft.objects.get(case=case, shared_at=None)


def save(draft: AgreementDraft, body: Body, *, seen: int, by: Actor, at: datetime) -> None:
    """This function will save the version that is worked on, as it stood when ``seen`` was read.

    Raises NotNow, Overwritten.
    """
    if not is_editable(draft.case):
        raise NotNow
    fresh = AgreementDraft.objects.filter(pk=draft.pk, revision=seen, shared_at=None)
    if not fresh.update(body=body.dump(), revision=F("revision") + 1, author=by.ref, updated_at=at):
        raise Overwritten


def share(draft: AgreementDraft, *, seen: int, by: Actor, at: datetime) -> None:
    """This function will show a version to the parties and tell them; from then on it does not change.

    Raises NotNow, Overwritten.
    """
    if not is_editable(draft.case):
        raise NotNow
    with transaction.atomic():
        fresh = AgreementDraft.objects.filter(pk=draft.pk, revision=seen, shared_at=None)
        if not fresh.update(shared_at=at):
            raise Overwritten
        log.note(
            draft.platform,
            str(draft.case.ref),
            "agreement.shared.v1",
            by=by,
            at=at,
            facts={"version": draft.version},
        )
        for party in guards.parties(draft.case):
            _tell(draft, Role.PARTY, party, SHOWN, f"draft/{draft.ref}/{party}", at, loud=True)


def comment(draft: AgreementDraft, clause: str, text: str, *, by: Actor, at: datetime) -> DraftComment:
    """This function will keep what somebody says about a version shown, and tell the mediator. Raises NotNow."""
    known = not clause or Body.load(draft.body).clause(clause)
    if draft.case.state not in COMMENTABLE or draft.shared_at is None or not known:
        raise NotNow
    if draft.comments.count() >= MOST_COMMENTS:
        raise NotNow
    with transaction.atomic():
        said = DraftComment.objects.create(draft=draft, clause=clause, role=by.role, author=by.ref, text=text, at=at)
        if by.role is not Role.MEDIATOR:
            _tell(draft, Role.MEDIATOR, "", REMARKED, f"remark/{draft.ref}/{said.pk}", at, loud=False)
    return said


def _tell(draft: AgreementDraft, role: Role, seat: str, text: str, key: str, at: datetime, *, loud: bool) -> None:
    """Tell somebody in the case of what the journal does not know: drafts are this platform's own business."""
    Notice.objects.create(
        platform=draft.platform,
        case=draft.case,
        role=role,
        seat=seat,
        errand=Errand.NOTICE,
        text=text,
        at=at,
        loud=loud,
        next_at=at,
        key=key,
    )


def examine(case: Case, body: Body, at: datetime) -> list[Defect]:
    """Return what is wrong or doubtful in an agreement for this case (JI-355, JI-358)."""
    return defects.find(sight_of(case, body, at))


def sight_of(case: Case, body: Body, at: datetime) -> Sight:
    """Return what the checks look at."""
    agents = case.sheet.get("agents", {})
    weak = {ref for ref, held in agents.items() if held["for"] and Power.SPECIAL.value not in held["for"].values()}
    names = tuple(person.name for person in case.people.all() if str(person.ref) in weak)
    return Sight(body, people_of(case), local_day(at), case.amount, names)


def preview(draft: AgreementDraft, at: datetime) -> Paper:
    """This function will print a version as it would look, marked as a draft. Raises PaperRefused, Unprintable."""
    body = Body.load(draft.body)
    return print_agreement(compose(draft.case, body, at, "", draft=draft.version), at)


def propose(draft: AgreementDraft, *, seen: int, by: Actor, owner: str, at: datetime) -> CaseEvent:
    """This function will print a version as PDF/A, put it before the parties for signature and return the entry.

    The SHA-256 of the file is the digest that people sign; proposed twice, it is proposed once. ``owner`` is the
    account of whoever proposes. Raises Unfit, Overwritten, PaperRefused, and what the door raises.
    """
    case, body = draft.case, Body.load(draft.body)
    if draft.proposed_at is None:
        if draft.revision != seen:
            raise Overwritten
        if found := [one for one in examine(case, body, at) if one.must]:
            raise Unfit(found)
    printed = compose(case, body, at, mark_of(str(draft.ref)))
    paper = print_agreement(printed, at)
    judged = files.judge(paper.filename, paper.content)
    said = {"text": printed.text, "sha256": paper.sha256, "obligations": body.obligations(people_of(case))}
    said["archival"] = ARCHIVAL
    with transaction.atomic():
        files.store(case.platform, judged, paper.content, at)
        entry = put_forward(
            case,
            judged,
            said,
            full=body.full,
            acknowledged=True,
            by=by,
            at=at,
            key=f"{owner}/{draft.ref}",
            seed=draft.ref,
        )
        fresh = AgreementDraft.objects.filter(pk=draft.pk, revision=draft.revision, proposed_at=None)
        done = fresh.update(
            proposed_at=at, shared_at=Coalesce("shared_at", Value(at)), digest=entry.facts["digest"], author=by.ref
        )
        if not done and not AgreementDraft.objects.filter(pk=draft.pk, digest=entry.facts["digest"]).exists():
            # Saved by somebody else while it was being printed: what people would sign is not what the version says.
            raise Overwritten
    return entry


def put_forward(
    case: Case,
    judged: files.Judged,
    said: dict[str, Any],
    *,
    full: bool,
    acknowledged: bool,
    by: Actor,
    at: datetime,
    key: str,
    seed: uuid.UUID | str,
) -> CaseEvent:
    """This function will propose an agreement that is a stored file, with what it says, and return the entry.

    ``said`` is the text to be read on pages, the file's SHA-256 and the obligations; ``acknowledged`` that a human has
    looked at every doubt the checks have shown. Raises what the door raises.
    """
    described = {
        "ref": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{seed}/{said['sha256']}")),
        "kind": DocumentKind.AGREEMENT.value,
        "name": judged.name_safe,
        "sha256": judged.sha256,
        "size": judged.size,
        "media_type": judged.media_type,
    }
    entry = moves.perform(
        case,
        "propose_agreement",
        by=by,
        at=at,
        facts={"digest": said["sha256"], "full": full, "acknowledged": acknowledged},
        enclosures=[
            Enclosed(EnclosureKind.AGREEMENT, said, Audience.PARTIES),
            Enclosed(EnclosureKind.DOCUMENT, described, Audience.PARTIES),
        ],
        key=key,
    )
    assert isinstance(entry, CaseEvent)
    return entry


def standing(case: Case, one: AgreementDraft) -> str:
    """Return the source string for how far a version has come."""
    if one.shared_at is None:
        return gettext_noop("起草中，当事人还看不到")
    if one.digest and case.sheet.get("agreement", {}).get("digest") == one.digest:
        return gettext_noop("已提出签署")
    if one.proposed_at:
        return gettext_noop("曾提出签署，已被修改取代")
    return gettext_noop("已发给当事人征求意见")


def commented(drafts: Iterable[AgreementDraft]) -> list[DraftComment]:
    """Return what was said about these versions, oldest first."""
    return list(DraftComment.objects.filter(draft__in=list(drafts)).select_related("draft"))
