"""Play the other platform, or an API client, against any implementation, and write a signed report."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation import present
from mediation.chain import SealingKey, SigningKey
from mediation.exchange import transports
from mediation.exchange.conformance import clients, deliveries, exchanges, report
from mediation.exchange.conformance.clients import Client
from mediation.exchange.conformance.counterpart import COURT, NET, Counterpart
from mediation.exchange.conformance.ear import Ear
from mediation.exchange.inbox import Answer


class Command(BaseCommand):
    """Try an implementation."""

    help = (
        "Play the counterpart of --platform at --url (the address below which exchange/v1/ lies); with --listen, hear "
        "what it sends by itself; with --token, an API client at --api. First: --new-keys KEYS prints what the tested "
        "platform must trust (`keys trust`), in the place of its real peer's keys. For test systems only: cases are "
        "written."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", help="https://host/")
        parser.add_argument("--platform", choices=(COURT, NET), default=NET, help="who is tested; we play the other")
        parser.add_argument("--keys", type=Path, help="the kit's own keys; keep them secret")
        parser.add_argument("--new-keys", type=Path, help="make keys, write them here, print the public halves")
        parser.add_argument("--court", default="沪74", help="the court code our cases name")
        parser.add_argument("--api", default="", help="root of the REST windows, e.g. net/api/v1/")
        parser.add_argument("--token", default="", help="a token with the scope of reading cases")
        parser.add_argument(
            "--listen", default="", metavar="HOST:PORT",
            help="hear here what the tested platform sends by itself; it must have this as its peer's address",
        )  # fmt: skip
        parser.add_argument("--only", nargs="*", default=(), help="names of checks, or beginnings of names")
        parser.add_argument("--list", action="store_true", help="say what is tried")
        parser.add_argument("--report", type=Path, help="where the JSON goes; the text beside it as .txt")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            for one in (*exchanges.CHECKS.values(), *deliveries.CHECKS.values(), *clients.CHECKS.values()):
                self.stdout.write(f"{one.name}  {one.title}")
            return
        if options["new_keys"]:
            self._make_keys(options["new_keys"], options["platform"])
            return
        if not options["url"] or not options["keys"]:
            raise CommandError("Give --url and --keys, or make keys first with --new-keys.")
        if options["listen"] and not options["listen"].rpartition(":")[2].isdecimal():
            raise CommandError("Give --listen as HOST:PORT.")
        us = self._counterpart(options)
        try:
            said = us.meet()
            us.epoch = max(1, us.heard_epoch())
        except (AssertionError, KeyError, ValueError, TypeError, transports.Unreachable) as wrong:
            raise CommandError(f"The tested platform could not be met: {wrong}") from wrong
        results = report.run(_chosen(exchanges.for_role(us.code), options["only"]), us)
        if options["listen"]:
            host, _colon, port = options["listen"].rpartition(":")
            ear = Ear(us)
            with ear.listening(host or "127.0.0.1", int(port)):
                results += report.run(_chosen(deliveries.CHECKS.values(), options["only"]), ear)
        if options["token"]:
            client = Client("/" + options["api"].strip("/") + "/", options["token"], us.line)
            results += report.run(_chosen(clients.CHECKS.values(), options["only"]), client)
        about = {"地址": options["url"], "被测平台": us.peer, "扮演": us.code}
        about |= {"被测平台的密钥": "、".join(one["key"] for one in said["keys"] if one["purpose"] == "SIGN")}
        signed = report.signed(results, about, present.now(), us.key)
        words = report.in_words(signed)
        if path := options["report"]:
            path.write_text(json.dumps(signed, ensure_ascii=False, indent=2) + "\n")
            path.with_suffix(".txt").write_text(words)
        self.stdout.write(words)
        if signed["failed"]:
            raise CommandError(f"{signed['failed']} of {len(results)} checks failed.")

    def _make_keys(self, path: Path, tested: str) -> None:
        key, sealing = SigningKey.generate(), SealingKey.generate()
        path.touch(0o600, exist_ok=False)
        path.write_text(json.dumps({"sign": key.text, "seal": sealing.text}))
        us = Counterpart(_other(tested), tested, key, sealing, _no_line, present.now)
        self.stdout.write(json.dumps({"platforms": [us.published()]}, ensure_ascii=False, indent=2))

    def _counterpart(self, options: dict[str, Any]) -> Counterpart:
        try:
            held = json.loads(options["keys"].read_text())
            key, sealing = SigningKey.load(held["sign"]), SealingKey.load(held["seal"])
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            raise CommandError(f"These are no keys made by --new-keys: {wrong!r}") from wrong
        base = options["url"].rstrip("/") + "/"

        def line(method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
            return transports.over_http(base + path.lstrip("/"), method, headers, body)

        tested = options["platform"]
        return Counterpart(_other(tested), tested, key, sealing, line, present.now, options["court"])


def _other(code: str) -> str:
    return NET if code == COURT else COURT


def _no_line(method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    raise transports.Unreachable("no line")


def _chosen(checks: Iterable[exchanges.Check], only: Iterable[str]) -> list[exchanges.Check]:
    wanted = tuple(only)
    return [one for one in checks if not wanted or one.name.startswith(wanted)]
