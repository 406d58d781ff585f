"""Registered clients: how they come by tokens, how narrow these are, how they end; and that each act is noted."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client as Browser
from django.utils import timezone

from mediation.api.authentication import SCOPES
from mediation.models import LocalEntry, Subscription
from mediation.vocabulary import State
from roster import tokens
from roster.models import Account, Client, ClientToken
from tests.api.callers import BROWSER, Caller, Cast, caller, check_as_documented
from tests.mediation.stories import COURT, COURT_CODE, NET, START, Story, walk

BACK = "https://broker.example/back"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def registered(account: Account | None, **changes: Any) -> tuple[Client, str]:
    """Register a client of an account at the court, for everything unless told otherwise."""
    assert account is not None
    told: dict[str, Any] = {"platform": COURT, "grants": [tokens.MACHINE], "scopes": list(SCOPES)}
    told |= {"by": account, "at": START, **changes}
    return tokens.register(account, "办案系统", **told)


def fetch(platform: str = COURT, **pairs: str) -> Any:
    """Ask for a token, and hold the answer against the document."""
    address = {COURT: "/court/api/v1/oauth/", NET: "/net/api/v1/oauth/"}[platform]
    address += pairs.pop("ask", "token")
    answer = BROWSER.post(address, urlencode(pairs), content_type="application/x-www-form-urlencoded")
    check_as_documented(platform, "post", address, answer)
    return answer


def test_a_client_acts_within_its_scopes_and_its_court_and_every_act_bears_its_name(cast: Cast) -> None:
    story, elsewhere = walk(cast.world, State.FILED), Story(cast.world)
    account = cast.clerk.account
    client, secret = registered(account, court=COURT_CODE, scopes=["cases:read", "cases:write"])
    proof = {"client_id": str(client.identifier), "client_secret": secret}

    basic = base64.b64encode(f"{client.identifier}:{secret}".encode()).decode()
    whole = BROWSER.post(
        "/court/api/v1/oauth/token",
        "grant_type=client_credentials",
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": f"Basic {basic}"},
    ).json()
    narrow = fetch(grant_type=tokens.MACHINE, scope="cases:read", **proof).json()
    system, reader = Caller(account, COURT, whole["access_token"]), Caller(account, COURT, narrow["access_token"])
    me = reader.get("me")
    made = system.make(story.ref, "consult", {"channel": "SMS"}, Idempotency_Key="k")
    again = system.make(story.ref, "consult", {"channel": "SMS"}, Idempotency_Key="k")

    assert (whole["token_type"], whole["expires_in"], narrow["scope"]) == ("Bearer", 1800, "cases:read")
    assert (me.json()["client"], me.json()["scopes"]) == ("办案系统", ["cases:read"])
    assert me["RateLimit"].startswith('"minute";r=')
    assert reader.make(story.ref, "consult", {"channel": "SMS"}).json()["code"] == "scope"
    assert (made.status_code, again.content, again["Idempotency-Replayed"]) == (201, made.content, "true")
    (noted,) = LocalEntry.objects.filter(kind="api")
    assert (noted.chain, noted.facts["client"], noted.facts["act"]) == (str(story.ref), "办案系统", "consult")
    assert noted.facts["number"] == made.json()["number"]
    assert secret not in repr(list(ClientToken.objects.values())) + repr(list(Client.objects.values()))

    # What belongs to another court is not reached, whatever the account may see besides.
    elsewhere.file()
    Client.objects.update(court="京74")
    assert system.get(f"cases/{elsewhere.ref}").status_code == 404
    assert system.get("cases").json()["items"] == []


def test_wrong_closed_and_overdue_clients_get_nothing(cast: Cast, clock: Any) -> None:
    client, first = registered(cast.clerk.account)
    other, other_secret = registered(cast.judge.account, platform=NET)
    account = cast.clerk.account
    assert account is not None
    identifier = str(client.identifier)

    def status(secret: str, **changes: str) -> int:
        told = {"grant_type": tokens.MACHINE, "client_id": identifier, "client_secret": secret, **changes}
        return int(fetch(**told).status_code)

    assert status(first) == 200
    assert [status(""), status("wrong"), status(first, client_id="nobody")] == [401, 401, 401]
    assert status(other_secret, client_id=str(other.identifier)) == 401
    assert status(first, grant_type="password") == status(first, scope="everything") == 400
    assert status(first, grant_type=tokens.PERSON, code="x") == 400

    # Two secrets are good while one is exchanged; the older one ends by itself.
    second = tokens.add_secret(client, account, timezone.now())
    assert (status(first), status(second)) == (200, 200)
    clock.shift(tokens.OVERLAP + timedelta(minutes=1))
    assert (status(first), status(second)) == (401, 200)

    plain = fetch(grant_type=tokens.MACHINE, client_id=identifier, client_secret=second).json()["access_token"]
    system = Caller(account, COURT, plain)
    assert system.get("me").status_code == 200
    clock.shift(timedelta(minutes=31))
    assert system.get("me").status_code == 401
    plain = fetch(grant_type=tokens.MACHINE, client_id=identifier, client_secret=second).json()["access_token"]
    handed_back = fetch(ask="revoke", token=plain, client_id=identifier, client_secret=second)
    assert (handed_back.status_code, Caller(account, COURT, plain).get("me").status_code) == (200, 401)
    tokens.revoke(client, timezone.now())
    assert status(second) == 401


def test_a_person_lets_a_programme_act_for_them_and_takes_no_password_there(cast: Cast, settings: Any) -> None:
    settings.ROOT_URLCONF = "mediation.project.urls"
    story = walk(cast.world, State.CONSULTING)
    client, _none = registered(
        cast.integrator.account, grants=[tokens.PERSON], scopes=["cases:read"], redirect_uris=[BACK], confidential=False
    )
    identifier = str(client.identifier)
    asked = {
        "response_type": "code", "client_id": identifier, "redirect_uri": BACK, "state": "s", "scope": "cases:read",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    person = Browser()

    def page(method: str = "get", **changes: str) -> Any:
        given = {name: value for name, value in {**asked, **changes}.items() if value}
        address = f"/court/authorise/?{urlencode(given)}"
        return person.post(address, {"allow": "1"}) if method == "post" else getattr(person, method)(address)

    assert urlsplit(page()["Location"]).path == "/court/sign-in/"
    person.force_login(cast.zhang, "roster.backend.AccountBackend")
    shown = page()
    assert ("办案系统" in shown.content.decode(), "form-action 'self' https://broker.example" in
            shown["Content-Security-Policy"]) == (True, True)  # fmt: skip
    strangers = [page(client_id="nobody"), page(redirect_uri="https://evil.example"), page(code_challenge_method="")]
    assert [answer.status_code for answer in strangers] == [400, 400, 400]
    told_off = [page(code_challenge=""), page(scope="documents"), page(response_type="token")]
    assert all("error=" in answer["Location"] for answer in told_off)
    declined = person.post(f"/court/authorise/?{urlencode(asked)}", {"refuse": "1"})
    assert parse_qs(urlsplit(declined["Location"]).query) == {"error": ["access_denied"], "state": ["s"]}

    def code() -> str:
        back = parse_qs(urlsplit(page("post")["Location"]).query)
        assert back["state"] == ["s"]
        return back["code"][0]

    def redeem(given: str, verifier: str = VERIFIER) -> Any:
        return fetch(
            grant_type=tokens.PERSON, code=given, redirect_uri=BACK, client_id=identifier, code_verifier=verifier
        )

    stolen, good = code(), code()
    assert redeem(stolen, "w" * 64).status_code == 400
    given = redeem(good).json()
    app = Caller(cast.zhang, COURT, given["access_token"])
    assert (app.get("me").json()["login"], app.get(f"cases/{story.ref}").status_code) == ("zhang", 200)
    renewed = fetch(grant_type="refresh_token", refresh_token=given["refresh_token"], client_id=identifier).json()
    later = Caller(cast.zhang, COURT, renewed["access_token"])
    assert later.get("me").status_code == 200

    # The person sees it, and takes it back.
    settings.CALLBACKS_ANYWHERE = True
    kept = redeem(code()).json()
    third = Caller(cast.zhang, COURT, kept["access_token"])
    Client.objects.filter(pk=client.pk).update(scopes=["cases:read", "webhooks"])
    Subscription.objects.create(platform=COURT, client=client, account=cast.zhang, url="https://x/", created_at=START)
    listed = person.get("/court/authorise/given/").content.decode()
    stranger = Browser()
    stranger.force_login(cast.li, "roster.backend.AccountBackend")
    stranger.post("/court/authorise/given/", {"client": client.pk})
    assert ("办案系统" in listed, third.get("me").status_code) == (True, 200)
    taken = person.post("/court/authorise/given/", {"client": client.pk}, follow=True).content.decode()
    assert ("已撤回" in taken, "没有授权任何程序" in taken, third.get("me").status_code) == (True, True, 401)
    renewal = {"grant_type": "refresh_token", "refresh_token": kept["refresh_token"], "client_id": identifier}
    assert [fetch(**renewal).status_code, later.get("me").status_code] == [400, 401]
    assert Subscription.objects.get().why == "WITHDRAWN"
    assert LocalEntry.objects.filter(kind="client.withdraw", by__ref=str(cast.zhang.ref)).count() == 1
    given = redeem(good := code()).json()
    app = Caller(cast.zhang, COURT, given["access_token"])
    renewed = fetch(grant_type="refresh_token", refresh_token=given["refresh_token"], client_id=identifier).json()
    later = Caller(cast.zhang, COURT, renewed["access_token"])

    # Whoever brings a code or a refresh token a second time closes all that came of it.
    assert redeem(good).status_code == 400
    assert [app.get("me").status_code, later.get("me").status_code] == [401, 401]
    again = fetch(grant_type="refresh_token", refresh_token=renewed["refresh_token"], client_id=identifier)
    assert again.status_code == 400


def test_programmes_are_registered_and_looked_after_at_the_desk(cast: Cast, settings: Any) -> None:
    settings.ROOT_URLCONF = "mediation.project.urls"
    desk = Browser()
    desk.force_login(cast.operator.account, "roster.backend.AccountBackend")  # type: ignore[arg-type]
    base = "/court/admin/clients/"
    told = {"name": "办案系统", "account": "system", "grants": [tokens.MACHINE], "scopes": ["cases:read", "webhooks"]}

    wrong = desk.post(base, {**told, "grants": [tokens.PERSON], "redirect_uris": "http://evil.example/#x"})
    made = desk.post(base, told)
    client = Client.objects.get(identifier__isnull=False)
    secret = made.context["plain"]
    page = desk.get(f"{base}{client.pk}/")
    exchanged = desk.post(f"{base}{client.pk}/secret/")
    newest, older = client.secrets.all()
    closed = desk.post(f"{base}{client.pk}/secret/{older.pk}/close/")
    proof = {"grant_type": tokens.MACHINE, "client_id": str(client.identifier)}

    assert (wrong.status_code, made.status_code, page.status_code, closed.status_code) == (400, 200, 200, 302)
    assert (client.court, client.created_by, client.platform) == (COURT_CODE, cast.operator.account, COURT)
    assert secret in made.content.decode()
    assert secret not in page.content.decode()
    assert fetch(**proof, client_secret=secret).status_code == 401
    assert fetch(**proof, client_secret=exchanged.context["plain"]).status_code == 200
    assert newest.created_by == cast.operator.account
    desk.post(f"{base}{client.pk}/revoke/")
    assert fetch(**proof, client_secret=exchanged.context["plain"]).status_code == 401
    kinds = list(LocalEntry.objects.filter(kind__startswith="client.").order_by("pk").values_list("kind", flat=True))
    assert kinds == ["client.register", "client.secret", "client.secret_close", "client.revoke"]


def test_a_token_opens_nothing_on_another_platform_than_its_client_is_registered_with(cast: Cast) -> None:
    client, secret = registered(cast.zhang)
    proof = {"client_id": str(client.identifier), "client_secret": secret}
    plain = fetch(grant_type=tokens.MACHINE, **proof).json()["access_token"]

    here, there = Caller(cast.zhang, COURT, plain).get("cases"), Caller(cast.zhang, NET, plain).get("cases")

    assert (here.status_code, there.status_code, there.json()["code"]) == (200, 401, "unauthenticated")
    # A token that an operator issues without a registration belongs to no platform.
    assert {Caller(cast.zhang, code, cast.party.token).get("cases").status_code for code in (COURT, NET)} == {200}


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_no_scope_opens_another_ones_windows(cast: Cast, scope: str) -> None:
    assert cast.clerk.account is not None
    system = caller(cast.clerk.account, COURT, [scope])
    addresses = {"cases": "cases:read", "changes": "cases:read"}

    for address, wanted in addresses.items():
        assert system.get(address).status_code == (200 if scope == wanted else 403), address
