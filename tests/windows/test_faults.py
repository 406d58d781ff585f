"""Whatever breaks halfway: nothing is half-written, the reader is told so in words, and the same again succeeds.

Every act is tried against each kind of its writes in turn, which fails the first time it comes: each statement that
changes rows of a table, and each file. The act that gets past the last of them is the retry that succeeds.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from mediation import files
from mediation.clauses.agreement import Body
from mediation.models import (
    AgreementDraft,
    Blob,
    Case,
    Draft,
    MediationSession,
    SignedAgreement,
    SignedDecision,
    Talk,
)
from mediation.signatures import assembling, decisions
from mediation.signatures.verification import verify
from mediation.vocabulary import FileVerdict, Role
from tests.courtplatform import test_admin as desk
from tests.courtplatform import test_agreements as filing
from tests.investornet.test_portal import offline
from tests.proofs import REVIEWED, code_for
from tests.windows.applying import Applicant
from tests.windows.stage import LI, Stage, Story, account, day, file_case, post, walk

pytestmark = pytest.mark.django_db(transaction=True)
"""A row that is saved by itself must have no transaction around it that would undo it."""

NET, COURT = "investornet", "courtplatform"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
FILE, SESSIONS = "file", "django_session"
WRITE = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')


class Broken(Exception):
    """The disk is full, the database is gone."""


class Writes:
    """Notes each kind of write that passes, and breaks one of them the first time it comes: the one that is named, or
    the first that has not been broken before.
    """

    def __init__(self, broken: str = "", passed: Collection[str] | None = None) -> None:
        self.kinds, self.broken, self.passed, self.struck = list[str](), broken, passed, False

    def pass_by(self, kind: str) -> None:
        self.kinds += [kind] if kind not in self.kinds else []
        if self.passed is not None and not self.broken and kind not in self.passed:
            self.broken = kind
        if kind == self.broken and not self.struck:
            self.struck = True
            raise Broken(kind)

    def __call__(self, execute: Any, statement: str, *rest: Any) -> Any:
        if (write := WRITE.match(statement)) and write[2] != SESSIONS:
            self.pass_by(" ".join(write.groups()))
        return execute(statement, *rest)


def held() -> tuple[dict[str, list[Any]], set[Path]]:
    """Return every row and every file there is."""
    rows = {}
    with connection.cursor() as cursor:
        for table in {model._meta.db_table for model in apps.get_models()} - {SESSIONS}:
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
            rows[table] = cursor.fetchall()
    return rows, {one for one in Path(settings.STATE_DIR).rglob("*") if one.is_file()}


def watched(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any], writes: Writes) -> Any:
    """Let an act happen under watch, and return what it answered."""
    write = files._write

    def writing(path: Path, sealed: bytes) -> None:
        writes.pass_by(FILE)
        write(path, sealed)

    with monkeypatch.context() as patching, connection.execute_wrapper(writes):
        patching.setattr(files, "_write", writing)
        return act()


def break_everywhere(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any], done: int = 302) -> None:
    """Let an act fail at each kind of its writes in turn, and then succeed."""
    rows, kept = held()
    with transaction.atomic():
        writes = Writes()
        watched(monkeypatch, act, writes)
        transaction.set_rollback(True)
    for one in held()[1] - kept:
        one.unlink()
    assert writes.kinds
    for kind in writes.kinds:
        broken = Writes(kind)
        answer = watched(monkeypatch, act, broken)
        told = answer.content.decode()
        assert (broken.struck, answer.status_code, "刚才的操作没有保存" in told) == (True, 500, True), kind
        now = held()[0]
        assert [one for one in rows if rows[one] != now[one]] == [], kind
    answer = act()
    assert answer.status_code == done, answer.content.decode()[-2000:]


def break_task(monkeypatch: pytest.MonkeyPatch, task: Callable[[datetime], int], at: datetime) -> list[str]:
    """Let a task fail at each kind of its writes in turn, each time another day, until it has nothing more to do."""
    struck: list[str] = []
    for place in range(1, 40):
        writes = Writes(passed=struck)
        with suppress(Broken):
            watched(monkeypatch, lambda day=place: task(at + timedelta(days=day)), writes)  # type: ignore[misc]
        if not writes.broken:
            return struck
        struck.append(writes.broken)
    raise AssertionError(struck)


def assert_no_file_is_left_over() -> None:
    """Everything stored is registered, and everything registered is stored."""
    stored = {(one.parts[-3], one.name) for one in held()[1] if "documents" in one.parts}

    assert stored == set(Blob.objects.values_list("platform", "sha256"))


@pytest.fixture
def people(stage: Stage) -> dict[str, Client]:
    """Everybody's browser, which gets to see what a visitor would of a breakdown."""
    judge = post(account("judge", "顾审言"), COURT, Role.JUDGE, court="沪74")
    found = {}
    for who, one in (stage.accounts | {"judge": judge}).items():
        found[who] = Client(raise_request_exception=False)
        found[who].force_login(one, backend="roster.backend.AccountBackend")
    return found


def url(story: Story, name: str, **more: Any) -> str:
    return reverse(f"{NET}:{name}", kwargs={"ref": story.ref, **more})


def filled(client: Client, where: str, **given: Any) -> dict[str, Any]:
    """Open a form and return what it says, with some answers of one's own."""
    form = client.get(where).context["form"]
    answers = {name: form[name].value() for name in form.fields} | given
    return {name: value for name, value in answers.items() if value not in (None, "")}


def files_given() -> dict[str, Any]:
    return {"kind": "TRADING", "audience": "ALL", "uploads": [SimpleUploadedFile("成交.png", PNG)]}


def test_applying_breaks_whole_and_is_sent_once(
    stage: Stage, people: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    applicant = Applicant(people["zhang"], NET, {"organisation": str(stage.organisation)})
    applicant.fill()
    step = applicant.url("step", step="evidence")

    break_everywhere(monkeypatch, lambda: people["zhang"].post(step, files_given()))
    break_everywhere(monkeypatch, applicant.send)

    case, draft = Case.objects.get(), Draft.objects.get()
    assert (draft.sent, case.documents.count(), case.claims.count()) == (str(case.ref), 1, 1)
    assert_no_file_is_left_over()


def test_evidence_sessions_records_talks_and_drafts_break_whole(
    stage: Stage, people: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    story, ref = walk(file_case(stage), "ACCEPTED"), str(stage.mediator)
    story.act(NET, "appoint_mediator", story.org, day(2), mediators=[ref], lead=ref)
    story.act(NET, "disclose", story.mediator, day(2), ground="NONE")
    for party in (story.zhang, story.huaxin):
        story.act(NET, "record_contact", story.mediator, day(9), party=party, outcome="REACHED", channel="PHONE")
    story.act(NET, "confirm_address", story.party(story.huaxin, NET), day(3), party=story.huaxin, e_service=True)
    med, zhang = people["mediator"], people["zhang"]

    def breaking(client: Client, where: str, **given: Any) -> None:
        sent = {"key": str(uuid.uuid4()), **given}
        break_everywhere(monkeypatch, lambda: client.post(where, sent))

    def drafting(name: str, at: dict[str, Any] | None = None, **given: Any) -> None:
        draft = AgreementDraft.objects.order_by("version").last()
        breaking(med, url(story, name, **(at or {})), seen=draft.revision if draft else 0, **given)

    break_everywhere(monkeypatch, lambda: zhang.post(url(story, "evidence"), files_given()))
    breaking(zhang, url(story, "evidence_confirm"), right_case="yes")
    place = {"channel": "PARTIES", "mode": "ON_SITE", "place": "某路1号", "minutes": "90", "first": "2024-05-13T09:00"}
    breaking(med, url(story, "session_new"), **place)
    session = MediationSession.objects.get()
    here = url(story, "session", session=session.ref)
    breaking(med, here, fix=session.times.get().pk)
    seen = {f"{name}_{ref}": "on" for ref in (story.zhang, story.huaxin) for name in ("present", "read")}
    seen |= {f"verified_{ref}": "IN_PERSON" for ref in (story.zhang, story.huaxin)}
    breaking(med, here, hold="1", informed="on", warned="on", **seen)
    record = url(story, "move", move="confirm_record")
    breaking(med, record, **filled(med, record, record="双方各自陈述。"))
    breaking(med, url(story, "mediation_points"), text="2023年3月买入一千股", standing="UNDISPUTED")
    breaking(med, url(story, "mediation_notes"), text="先谈利息")
    breaking(zhang, url(story, "mediation_talk", channel="applicants"), text="只要还本", offer="100")
    drafting("agreement_begin")
    drafting("agreement_about", full="yes", summary="申请人称公司虚假陈述。")
    drafting("agreement_add", set="INSTALMENTS")
    plan: dict[str, Any] = {"payer": story.huaxin, "payee": story.zhang, "purpose": "赔偿款", "amount": "10000"}
    plan |= {"plan_count": "3", "plan_first": "2024-06-30", "plan_months": "1", "hastened": "on"}
    clause = Body.load(AgreementDraft.objects.get().body).clauses[0].key
    drafting("agreement_clause", {"clause": clause}, **plan)
    drafting("agreement_share")
    drafting("agreement_propose")

    case = story.case(NET)
    assert (case.state, case.documents.filter(kind="TRADING").count()) == ("SIGNING", 1)
    assert (session.attendances.count(), Talk.objects.count()) == (2, 1)
    assert_no_file_is_left_over()


def test_what_is_filed_off_line_served_on_paper_or_answered_together_breaks_whole(
    stage: Stage, people: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, zhang, org = people["clerk"], people["zhang"], people["org"]

    def breaking(client: Client, where: str, given: dict[str, Any], *scans: str, done: int = 302) -> None:
        def act() -> Any:
            return client.post(where, given | {name: SimpleUploadedFile(f"{name}.png", PNG) for name in scans})

        break_everywhere(monkeypatch, act, done)

    told = filing.answers(stage, zhang, filing.PORTAL)
    breaking(zhang, filing.PORTAL, told, "agreement")
    where = reverse(f"{NET}:offline")
    key = {"key": org.get(where).context["form"]["key"].value()}
    breaking(org, where, offline(stage, **key, respondent_name="另一股份有限公司"), "agreement", "proof")
    breaking(clerk, "/court/admin/file/", desk.filing(), "documents")
    stories = [file_case(stage), file_case(stage, applicant="李国栋", number=LI)]
    for story in stories:
        story.act(COURT, "consult", story.clerk, day(9), channel="SMS")
    served = f"/court/admin/cases/{stories[0].ref}/services/"
    breaking(clerk, served, filled(clerk, served, what="CONSULTATION", party=[stories[0].zhang], way="DIRECT"))
    together = reverse(f"{COURT}:desk_answer")
    page = people["huaxin"].get(together, {"move": "add_evidence", "case": [str(one.ref) for one in stories]})
    form = page.context["form"]
    given = {"move": "add_evidence", "case": [one["mark"] for one in page.context["able"]], "document_kind": "TRADING"}
    given |= {"seen": form["seen"].value(), "key": form["key"].value(), "audience": "ALL"}
    breaking(people["huaxin"], together, given, "documents", done=200)

    assert Case.objects.filter(platform=COURT, track="OFFLINE").count() == 1
    assert [one.case(COURT).documents.filter(kind="TRADING").count() for one in stories] == [1, 1]
    assert_no_file_is_left_over()


def test_signing_sealing_confirming_and_the_ruling_break_whole(
    stage: Stage, people: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    story = walk(file_case(stage), "SIGNING")
    sign, confirm = url(story, "move", move="sign"), url(story, "confirmation")
    ruling = f"/court/admin/cases/{story.ref}/do/confirm/"

    def breaking(who: str, where: str, **given: Any) -> None:
        sent = filled(people[who], where, **given)
        break_everywhere(monkeypatch, lambda: people[who].post(where, sent))

    # The code that was typed in is good still.
    digest = story.case(NET).sheet["agreement"]["digest"]
    breaking("zhang", sign, code=code_for(people["zhang"], sign))
    story.act(NET, "sign", story.party(story.huaxin, NET), day(9), digest=digest, party=story.huaxin)
    story.act(NET, "sign", story.mediator, day(9), digest=digest)
    story.act(NET, "review_seal", story.org, day(9), digest=digest, **REVIEWED)
    breaking("org", sign, code=code_for(people["org"], sign))
    signed = break_task(monkeypatch, lambda at: assembling.assemble(NET, at), day(9))
    story.wire(day(9))
    breaking("zhang", confirm)
    assert people["huaxin"].post(confirm, filled(people["huaxin"], confirm)).status_code == 302
    story.wire(day(9))
    story.act(COURT, "accept_confirmation", story.clerk, day(9))
    breaking("judge", ruling, present=[story.zhang, story.huaxin])
    sealed = break_task(monkeypatch, lambda at: decisions.sign_all(COURT, at), day(9))

    for struck in (signed, sealed):
        assert {"file", "INSERT INTO mediation_blob", "INSERT INTO mediation_certificate"} <= set(struck)
    agreement, decision = SignedAgreement.objects.get(), SignedDecision.objects.get()
    for row in (agreement, decision):
        assert verify(row.platform, files.fetch(row.platform, row.sha256)).verdict is FileVerdict.VALID
    assert agreement.signatures.count() == 4
    assert_no_file_is_left_over()
