"""What a court decides on a complaint is written to the authority that supervises whom it is about (ZX-29)."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from mediation import tasks
from mediation.adminkit.complaints import decided_lately
from mediation.dates import written
from mediation.models import OutgoingMessage, Preference
from mediation.vocabulary import ComplaintGround, Role
from mediation.workdays import local_day
from roster import moves
from roster.models import Post
from tests.roster.people import COURT, NET, START, UNIT, People, build_courts
from tests.windows.stage import account, post

HERE = "沪74"
SECRET = "他把协议内容告诉了别人"


def test_the_supervising_unit_is_written_to_once_of_a_removal_and_the_bureau_where_the_unit_has_nobody(
    db: None,
) -> None:
    build_courts()
    people = People()
    mailed, called = account("unit.mailed", "甲"), account("unit.called", "乙")
    Preference.objects.create(account=mailed, mailbox="unit@authority.test")
    for holder in (mailed, called):
        post(holder, NET, Role.UNIT, unit=UNIT)
    bureau = post(account("bureau", "丙"), NET, Role.PROTECTION_BUREAU)
    post(account("stranger", "丁"), NET, Role.UNIT, unit="CSRC440300")
    body = people.organisation()
    person = people.mediator(body)
    for file in (body, person):
        people.entered(file, HERE)

    def complain(file: object, consequence: str) -> None:
        row = moves.new("complaint", COURT)
        about = {"court": HERE, "ground": "LEAKING", file.aggregate: str(file.ref)}  # type: ignore[attr-defined]
        people.go(row, "file", people.party, SECRET, **about)
        told = {"upheld": bool(consequence)} | ({"consequence": consequence} if consequence else {})
        people.go(row, "decide", people.clerk(HERE), "经查属实", **told)
        people.carry()

    def tell() -> list[tuple[str, str, str]]:
        with time_machine.travel(people.at, tick=False):
            tasks.tell()
        rows = OutgoingMessage.objects.order_by("pk")
        return [(one.account.login, one.medium, one.text) for one in rows if one.account]

    complain(body, "")
    nothing = tell()
    complain(person, "REMOVAL")
    shown = {
        login: decided_lately(list(Post.objects.filter(account__login=login)), people.at).count()
        for login in ("unit.mailed", "bureau", "stranger")
    }
    later = decided_lately(list(mailed.posts.all()), people.at + timedelta(days=31)).count()
    day = written(local_day(people.at))
    once, twice = tell(), tell()
    mailed.posts.update(valid_until=START)
    called.posts.update(valid_until=START)
    complain(body, "WARNING")
    last = tell()[-1]
    # No telephone is disturbed at night.
    people.at = people.at.replace(hour=4) + timedelta(days=1)
    tell()

    assert nothing == []
    assert (shown, later) == ({"unit.mailed": 1, "bureau": 1, "stranger": 0}, 0)
    assert once == twice
    assert {(login, medium) for login, medium, _text in once} == {("unit.mailed", "EMAIL"), ("unit.called", "SMS")}
    for _login, _medium, text in once:
        assert text.startswith(f"上海金融法院查实对沈知远的投诉（{ComplaintGround.LEAKING.label}），{day}决定：除名")
        assert SECRET not in text
    assert (last[0], "警告" in last[2], "浦江证券纠纷调解中心" in last[2]) == (bureau.login, True, True)
    assert set(OutgoingMessage.objects.values_list("state", flat=True)) == {OutgoingMessage.SENT}
