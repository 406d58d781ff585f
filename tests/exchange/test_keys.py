"""Keys: another algorithm, sealing keys that rotate, and what a revoked key may still prove."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from mediation import chain, keyring
from mediation.exchange import calls, reconcile
from mediation.exchange import keys as publishing
from mediation.exchange.models import Receipt
from mediation.models import CaseEvent, PlatformKey
from mediation.vocabulary import State
from tests.exchange.stories import assert_equal_copies, journal, settle, walk
from tests.exchange.test_reconcile import lose_tail, wipe
from tests.mediation.stories import COURT, NET, World

OFFLINE = Path(__file__).parents[2] / "script" / "verify_journal_offline.py"


def test_a_deployment_may_sign_everything_with_sm2(world: World, settings: Any, tmp_path: Path, capsys: Any) -> None:
    story = walk(world, State.ACCEPTED)
    settings.SIGNING_ALGORITHM = "sm2"
    settings.JOURNAL_ALGORITHM = "sm3"

    call_command("keys", "rotate")
    story.prepare()
    reconcile.sound_and_reconcile(COURT, story.at)
    receipt, exported = tmp_path / "receipt.json", tmp_path / "keys.json"
    receipt.write_text(json.dumps(Receipt.objects.filter(platform=NET).latest("number").body))
    capsys.readouterr()
    call_command("keys", "export")
    exported.write_text(capsys.readouterr().out)
    call_command("verify_receipt", str(receipt), keys=exported)
    call_command("verify_journal", platform=NET, export=tmp_path / "journal")
    offline = [sys.executable, "-I", "-S", str(OFFLINE)]
    files = [str(tmp_path / "journal"), str(tmp_path / "journal.keys.json")]
    checked = subprocess.run([*offline, *files], capture_output=True, text=True, check=False)

    newest = story.copy(NET).events.latest("number")
    assert keyring.signer(NET).algorithm == "sm2"
    assert keyring.trusted(NET)[newest.key_id].algorithm == "sm2"
    assert newest.algorithm == "sm3"
    assert "Genuine" in capsys.readouterr().out
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr
    assert_equal_copies()


def test_sealing_keys_rotate_and_the_old_ones_still_open(world: World, monkeypatch: Any) -> None:
    story = walk(world, State.READY)
    old = {platform: keyring.sealer(platform) for platform in (COURT, NET)}
    story.wired = False
    story.delegate()
    sent_before = chain.to_base64url(old[NET].seal(b"x" * 20, b"context")) if old[NET] else ""

    call_command("keys", "rotate-sealing")
    story.wired = True
    story.wire()
    story.accept()

    fresh = keyring.sealer(NET)
    assert old[NET] is not None
    assert fresh is not None
    assert fresh.id != old[NET].id
    opener = keyring.opener(NET, old[NET].id)
    assert opener is not None
    assert opener.open(chain.from_base64url(sent_before), b"context") == b"x" * 20
    assert PlatformKey.objects.filter(platform=NET, purpose="SEAL", retired_at=None).count() == 1
    assert_equal_copies()


def test_a_peer_that_takes_the_fresh_sealing_key_seals_to_it_from_then_on(world: World, settings: Any) -> None:
    settings.PEERS = {COURT: "local:", NET: "local:", "elsewhere": "https://elsewhere.example/"}
    at = walk(world, State.READY).at
    publishing.trust({**publishing.published(NET), "platform": "elsewhere"})
    before = keyring.sealer("elsewhere")

    fresh = keyring.rotate_sealing(NET, at)
    publishing.trust({**publishing.published(NET), "platform": "elsewhere"})

    assert before is not None
    assert keyring.sealer("elsewhere") == fresh.public != before
    assert PlatformKey.objects.filter(platform="elsewhere", purpose="SEAL", retired_at__isnull=False).count() == 1


def test_a_peer_out_of_reach_is_no_reason_not_to_rotate_a_sealing_key(
    world: World, monkeypatch: Any, capsys: Any
) -> None:
    def dead(*given: Any) -> None:
        raise calls.Failed("outage")

    old = keyring.sealer(NET)
    monkeypatch.setattr(calls, "ask", dead)

    call_command("keys", "rotate-sealing")

    assert "not told (outage)" in capsys.readouterr().out
    assert old is not None
    assert keyring.opener(NET, old.id) is not None


@pytest.mark.parametrize("revoked", [COURT, NET])
def test_a_restored_side_takes_back_what_stood_before_a_key_was_revoked(world: World, revoked: str) -> None:
    story = walk(world, State.MEDIATING)
    old, before = keyring.signer(revoked).public.id, journal(story.copy(NET))
    call_command("keys", "rotate")
    publishing.revoke(revoked, old, story.at + timedelta(hours=1))
    wipe(story.copy(NET))

    reconcile.enter_restore_mode(NET, story.at + timedelta(hours=2))
    findings = reconcile.reconcile(NET, story.at + timedelta(hours=2))
    settle(story.at + timedelta(hours=2))

    assert [finding.kind for finding in findings if finding.kind != "TOLD_AGAIN"][:1] == ["HEALED"]
    assert journal(story.copy(NET)) == before
    assert_equal_copies()


def test_a_restored_side_takes_nothing_back_that_only_the_revoked_key_speaks_for(world: World) -> None:
    story = walk(world, State.MEDIATING)
    old = keyring.signer(NET).public.id
    call_command("keys", "rotate")
    publishing.revoke(NET, old, story.at - timedelta(days=300))
    wipe(story.copy(NET))

    reconcile.enter_restore_mode(NET, story.at)
    findings = reconcile.reconcile(NET, story.at)

    first = CaseEvent.objects.filter(platform=COURT, author=NET).order_by("number").first()
    assert first is not None
    assert [(finding.kind, finding.number) for finding in findings] == [("REFUSED", first.number)]
    assert story.copy(NET).entries == first.number - 1


def test_a_thief_with_a_revoked_key_cannot_hide_behind_a_true_receipt(world: World, monkeypatch: Any) -> None:
    story = walk(world, State.MEDIATING)
    stolen = keyring.signer(NET)
    call_command("keys", "rotate")
    publishing.revoke(NET, stolen.public.id, story.at + timedelta(hours=1))
    lose_tail(story.copy(NET), 3)
    kept = story.copy(NET).entries
    asked = calls.ask

    def lying(peer: Any, operation: str, content: dict[str, Any], at: Any) -> dict[str, Any]:
        said = asked(peer, operation, content, at)
        for tail in said.get("tails", {}).values():
            body = {**chain.body_of(tail[0]), "at": chain.stamp(story.at - timedelta(days=1))}
            body["enclosures"] = [
                {key: item[key] for key in ("kind", "audience", "about", "digest")} for item in body["enclosures"]
            ]
            digest = chain.entry_hash(body, body["algorithm"])
            tail[0] |= {"at": body["at"], "hash": digest, "signature": stolen.sign(digest), "key": stolen.public.id}
        return said

    monkeypatch.setattr(calls, "ask", lying)
    reconcile.enter_restore_mode(NET, story.at + timedelta(hours=2))
    findings = reconcile.reconcile(NET, story.at + timedelta(hours=2))

    assert [(finding.kind, finding.number) for finding in findings] == [("REFUSED", kept + 1)]
    assert story.copy(NET).entries == kept


@pytest.mark.parametrize("form", ["exported", "published"])
def test_trusting_nothing_new_says_why(world: World, settings: Any, tmp_path: Path, capsys: Any, form: str) -> None:
    theirs, own = tmp_path / "theirs.json", tmp_path / "own.json"
    for path, code in ((theirs, "elsewhere"), (own, NET)):
        document = {**publishing.published(NET), "platform": code}
        path.write_text(json.dumps({"platforms": [document]} if form == "exported" else document))
    settings.PEERS = {**settings.PEERS, "elsewhere": "https://elsewhere.example/"}
    PlatformKey.objects.filter(platform="elsewhere").delete()
    told = []

    for path in (theirs, theirs, own):
        call_command("keys", "trust", str(path))
        told.append(capsys.readouterr().out)

    count = len(publishing.published(NET)["keys"])
    assert told[0].startswith(f"{count} new keys")
    assert f"all {count} were known already" in told[1]
    assert f"this deployment is {NET} itself" in told[2]
