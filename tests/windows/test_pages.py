"""What pages say of a case, in a bounded number of queries."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from mediation import moves
from mediation.models import Case, OutgoingMessage, Party, Preference
from mediation.moves import Refused
from mediation.windows.pages import sides_of
from roster.models import Account
from tests.proofs import code_for
from tests.windows.stage import PASSWORD, Stage, Story, day, file_case, walk

WHERE = {"zhang": "courtplatform", "huaxin": "courtplatform", "org": "investornet", "mediator": "investornet"}


def signed_in(stage: Stage, who: str) -> Client:
    client = Client()
    client.force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
    return client


def case_url(story: Story, platform: str) -> str:
    return reverse(f"{platform}:case", kwargs={"ref": story.ref})


@pytest.mark.parametrize(
    "until", ["CONSULTING", "DELEGATED", "ACCEPTED", "MEDIATING", "SIGNING", "SETTLED", "COMPLETE"]
)
def test_everybody_who_takes_part_sees_the_case_page_at_every_stage(stage: Stage, until: str) -> None:
    story = walk(file_case(stage), until)
    late = {"CONSULTING": ("org", "mediator"), "DELEGATED": ("mediator",), "ACCEPTED": ("mediator",)}.get(until, ())

    answers = {who: signed_in(stage, who).get(case_url(story, where)) for who, where in WHERE.items()}

    assert {who for who, answer in answers.items() if answer.status_code != 200} == set(late)
    assert {answers[who].status_code for who in late} <= {404}
    assert all("现在由谁办理" in answer.content.decode() for who, answer in answers.items() if who not in late)


def test_a_list_calls_cases_as_their_pages_do_and_reads_no_more_people_the_more_there_are(
    stage: Stage, django_assert_num_queries: Any
) -> None:
    cases = []
    for number in (0, 1, 2, 60):
        case = Case.objects.get(platform="courtplatform", ref=file_case(stage, applicant=f"张{number}晓").ref)
        extra = {"case": case, "platform": case.platform, "kind": "NATURAL"}
        for place in range(number):
            Party.objects.create(**extra, ref=uuid.uuid4(), side="APPLICANT", name=f"李{place}" if place % 2 else "")
        Party.objects.create(**extra, ref=uuid.uuid4(), side="", name="代理人")
        cases.append(case)
    fetched = list(Case.objects.filter(pk__in=[case.pk for case in cases]).prefetch_related("people"))

    for named in (True, False):
        with django_assert_num_queries(1):
            titles = sides_of(cases, named=named)
        with django_assert_num_queries(0):
            assert titles == sides_of(fetched, named=named)
    assert titles[cases[2].pk] == "张某某、李某 与 华信股份有限公司"
    assert titles[cases[3].pk] == "张某某、李某等31人 与 华信股份有限公司"


def test_a_case_page_costs_the_same_number_of_queries_however_long_the_journal(
    stage: Stage, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(stage, "mediator")
    story = walk(file_case(stage), "MEDIATING")
    client.get(case_url(story, "investornet"))

    with django_assert_max_num_queries(18) as few:
        client.get(case_url(story, "investornet"))
    walk_more(story)
    with django_assert_max_num_queries(18) as many:
        client.get(case_url(story, "investornet"))

    assert len(few) == len(many)


def walk_more(story: Story) -> None:
    case: Case = story.case("investornet")
    at = case.events.order_by("-number")[0].at
    for _round in range(10):
        story.act("investornet", "confirm_address", story.mediator, at, party=story.zhang, e_service=True)
    story.wire(at)


def test_a_signature_needs_the_persons_own_code_for_this_very_document(stage: Stage) -> None:
    story, other = (walk(file_case(stage, applicant=name), "SIGNING") for name in ("张晓慧", "甲"))
    client, firm = signed_in(stage, "zhang"), signed_in(stage, "huaxin")
    url, elsewhere = (reverse("investornet:move", kwargs={"ref": one.ref, "move": "sign"}) for one in (story, other))
    form = client.get(url).context["form"]
    given = {name: form[name].value() or "" for name in form.fields}

    without = client.post(url, {**given, "password": PASSWORD})
    others = [code_for(firm, url), code_for(client, elsewhere)]
    strange = [client.post(url, {**given, "code": code}) for code in others]
    code = code_for(client, url)
    guessed = [client.post(url, {**given, "code": f"{(int(code) + step) % 10**6:06d}"}) for step in range(1, 5)]
    with time_machine.travel(day(9) + timedelta(minutes=11), tick=False):
        late = client.post(url, {**given, "code": code})
    signed = story.zhang in story.case("investornet").sheet["agreement"]["signatures"]
    right = client.post(url, {**given, "code": code})
    again = client.post(url, {**given, "code": code})
    # Without a telephone by e-mail; with neither, told what to do.
    Account.objects.filter(pk=stage.accounts["huaxin"].pk).update(phone="")
    nowhere = firm.post(url, {"send_code": "1"}, follow=True).content.decode()
    Preference.objects.create(account=stage.accounts["huaxin"], mailbox="legal@huaxin.example")
    firm.post(url, {"send_code": "1"})

    assert "请先获取验证码" in without.content.decode()
    assert {answer.status_code for answer in (*strange, *guessed, late)} == {422}
    assert "没有签名" in strange[0].content.decode()
    assert not signed
    # Sent twice by the same form, it answers as it did the first time.
    assert (right.status_code, again.status_code) == (302, 302)
    assert "没有登记手机号码" in nowhere
    assert OutgoingMessage.objects.filter(errand="CODE").latest("pk").medium == "EMAIL"
    # A door without a proof stays shut, and no request carries one to another platform.
    for platform, code in (("investornet", "fits_proved_signer"), ("courtplatform", "elsewhere")):
        stated = {"digest": story.case(platform).sheet["agreement"]["digest"], "party": story.huaxin}
        with pytest.raises(Refused) as refused:
            moves.perform(story.case(platform), "sign", by=story.party(story.huaxin, platform), at=day(9), facts=stated)
        assert refused.value.code == code
