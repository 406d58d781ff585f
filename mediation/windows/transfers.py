"""Complaints passed on by the 12386 hotline, and how an investor takes one over (投诉直转调解, law.md §5.4).

Lives here: entering one, finding one's own, turning it into a prefilled application. Does not live here: the service
centre's desk (``adminkit.transfers``), the application (``wizard``).
Called by: the portal's first page of applying; the desk.

A transfer is never filed for the investor: an application interrupts limitation, names a respondent and carries
consents that are each the investor's own to give (ZS-4; PIPL arts. 23, 29). It becomes a draft in which everything the
hotline knows is filled in; the investor adds consents and sends it.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation import log
from mediation.actor import Actor
from mediation.models import Draft, Transfer
from mediation.vocabulary import Cause, IdentityKind, Institution, InvestorClass, PartyKind, Role, SessionMode
from mediation.windows.invitations import LENGTH, SIGNS
from mediation.windows.moveforms import AmountField, CleanText, DayField, check_person, choice, terms
from mediation.windows.portal import Window
from mediation.windows.wizard import NATURAL_KINDS, SELF, Application
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import companies
from roster.identity import IdentityError, check_phone
from roster.models import Account
from roster.sealed import blind_index


class Duplicate(Exception):
    """这一编号的投诉已经登记过。"""

    def __str__(self) -> str:
        return gettext("这一编号的投诉已经登记过。")


class TransferForm(WordedForm):
    """What the hotline passes on; ``agreed`` says that the investor has agreed to being passed on."""

    number = forms.CharField(label=_("12386投诉编号"), max_length=60)
    name = forms.CharField(label=_("投诉人姓名"), max_length=120)
    phone = forms.CharField(label=_("联系电话"), max_length=40, widget=forms.TextInput(attrs={"type": "tel"}))
    identity_kind = forms.ChoiceField(
        label=_("证件类型"), choices=terms(NATURAL_KINDS), initial=IdentityKind.RESIDENT.value
    )
    identity_number = forms.CharField(
        label=_("证件号码"),
        max_length=60,
        required=False,
        help_text=_("有的，投诉人登录后直接看到；没有的，凭转办码。"),
    )
    respondent = forms.CharField(label=_("被投诉机构全称"), max_length=120)
    institution = choice(_("机构类别"), terms(Institution))
    cause = forms.ChoiceField(label=_("纠纷类型"), choices=[("", _("请选择")), *terms(Cause)])
    occurred_on = DayField(label=_("发生日期"), past=True, required=False)
    amount = AmountField(label=_("请求金额"), required=False)
    told = CleanText(label=_("投诉内容和处理经过"), rows=8)
    claims = CleanText(label=_("投诉人的请求"), rows=4, longest=5_000, required=False)
    agreed = forms.BooleanField(
        label=_("投诉人已经同意转调解，并知道调解需要由本人确认后提交"),
        error_messages={"required": _("没有投诉人同意的，不能转办。")},
    )

    def __init__(self, at: datetime, *args: Any, **kwargs: Any) -> None:
        """Judge days as of ``at``."""
        super().__init__(*args, **kwargs)
        self.today = local_day(at)

    def clean(self) -> dict[str, Any]:
        """Check telephone, document and day."""
        given = self.cleaned_data
        if given.get("phone"):
            try:
                given["phone"] = check_phone(given["phone"])
            except IdentityError as error:
                self.add_error("phone", gettext(error.message) % error.params)
        if given.get("identity_number") and given.get("identity_kind"):
            kind, number = given["identity_kind"], given["identity_number"]
            given["identity_number"] = check_person(self, kind, number, self.today, field="identity_number")
        if given.get("occurred_on") and given["occurred_on"] > self.today:
            self.add_error("occurred_on", _("日期不能晚于今天。"))
        return given


def enter(platform: str, given: Mapping[str, Any], *, by: Actor, at: datetime) -> tuple[Transfer, str]:
    """This function will keep a transfer and return it with the code by which the investor takes it over, which is
    shown once. Raises Duplicate.
    """
    plain = "".join(secrets.choice(SIGNS) for _place in range(LENGTH))
    number = given.get("identity_number") or ""
    try:
        with transaction.atomic():
            made = Transfer.objects.create(
                platform=platform,
                number=given["number"],
                name=given["name"],
                phone=given["phone"],
                identity_kind=given["identity_kind"] if number else "",
                identity_number=number,
                identity_index=blind_index(number) if number else "",
                respondent=given["respondent"],
                institution=given["institution"],
                cause=given["cause"],
                amount=given.get("amount"),
                occurred_on=given.get("occurred_on"),
                told=given["told"],
                claims=given.get("claims") or "",
                digest=_digest(platform, plain),
                entered_at=at,
                entered_by=by.ref,
            )
            log.note(platform, "", "transfer.v1", by=by, at=at, facts={"transfer": str(made.ref)})
    except IntegrityError:
        raise Duplicate from None
    return made, "-".join(plain[place : place + 4] for place in range(0, LENGTH, 4))


def waiting_for(platform: str, account: Account) -> list[Transfer]:
    """Return the transfers of somebody whose identity is verified that were not taken over yet."""
    if not (account.identity_verified_at and account.identity_index):
        return []
    own = {"identity_kind": account.identity_kind, "identity_index": account.identity_index}
    return list(Transfer.objects.filter(platform=platform, draft__isnull=True, **own).order_by("-entered_at"))


class TransferCode(WordedForm):
    """The code somebody was told, or the reference of one's own transfer."""

    code = forms.CharField(
        label=_("转办码"),
        max_length=40,
        help_text=_("12386转办时告知您的16位字母和数字。"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )


class TakeOver(Window):
    """Take a transfer over: it becomes one's own draft, with everything known filled in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for the code."""
        return self.page("transfer", {"form": TransferCode(), "own": waiting_for(self.site.code, self.account)})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the draft, or say why not."""
        own = waiting_for(self.site.code, self.account)
        chosen = next((one for one in own if str(one.ref) == request.POST.get("transfer")), None)
        form = TransferCode(request.POST)
        if chosen is None and form.is_valid():
            plain = "".join(
                sign for sign in unicodedata.normalize("NFKC", form.cleaned_data["code"]).upper() if sign in SIGNS
            )
            digest = _digest(self.site.code, plain)
            found = Transfer.objects.filter(platform=self.site.code, digest=digest, draft__isnull=True).first()
            if found is None or not self._is_theirs(found):
                form.add_error(
                    "code", gettext("转办码无效、已经用过，或者是发给另一位投诉人的。请核对，或者拨打12386。")
                )
            else:
                chosen = found
        if chosen is None:
            return self.page("transfer", {"form": form, "own": own}, status=422)
        draft = self._take(chosen)
        if draft is None:
            return self.to("apply")
        messages.success(request, gettext("已把投诉内容填入申请。请逐项核对、补充，确认后提交。"))
        return self.to("tasks", draft=draft.ref)

    def _is_theirs(self, found: Transfer) -> bool:
        if not found.identity_index or not self.account.identity_verified_at:
            return True
        return (found.identity_kind, found.identity_index) == (self.account.identity_kind, self.account.identity_index)

    def _take(self, found: Transfer) -> Draft | None:
        """Make the draft; None where the same transfer was taken over at the same moment."""
        with transaction.atomic():
            draft = Draft.objects.create(
                platform=self.site.code, account=self.account, kind=self.site.opening, updated_at=self.at
            )
            application = Application(draft, self.account, self.site.plan, self.at)
            application.answers |= prefilled(found)
            application.save()
            if not Transfer.objects.filter(pk=found.pk, draft__isnull=True).update(draft=draft, taken_at=self.at):
                transaction.set_rollback(True)
                return None
            by = Actor(Role.PARTY, str(self.account.ref), "", self.site.code)
            log.note(self.site.code, "", "transfer.taken", by=by, at=self.at, facts={"transfer": str(found.ref)})
        return draft


def prefilled(found: Transfer) -> dict[str, dict[str, Any]]:
    """Return what a transfer says, as the steps of an application keep it; consents and address are left open."""
    company = companies.by_name(found.respondent)
    who = {
        "acting": SELF,
        "kind": PartyKind.NATURAL.value,
        "name": found.name,
        "phone": found.phone,
        "investor": InvestorClass.ORDINARY.value,
        "identity_kind": found.identity_kind,
        "identity_number": found.identity_number,
    }
    respondent = {
        "kind": PartyKind.COMPANY.value,
        "name": found.respondent,
        "institution": found.institution,
        "credit_code": company.credit_code if company else "",
    }
    dispute = {
        "cause": found.cause,
        "occurred_on": found.occurred_on.isoformat() if found.occurred_on else "",
        "text": found.told,
    }
    claim = {"amount": found.amount, "text": found.claims, "mode": SessionMode.VIDEO.value, "complaint": found.number}
    known: dict[str, dict[str, Any]] = {"who": who, "respondent": respondent, "dispute": dispute, "claim": claim}
    return {
        step: {name: value for name, value in answers.items() if value not in ("", None)}
        for step, answers in known.items()
    }


def _digest(platform: str, plain: str) -> str:
    return salted_hmac("mediation.transfers", f"{platform}\n{plain}", algorithm="sha256").hexdigest()
