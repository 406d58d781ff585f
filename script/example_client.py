"""A client of the REST windows in one file, to read, to run and to start from (Python 3.11, requests, cryptography).

Lives here: calling operations by their name in the OpenAPI document, coming by tokens, following the changes, taking
in callbacks. Does not live here: any operation; what there is, and with which fields, is what the document says.
Called by: docs/integrators.md, whose steps a test carries out.

It needs nothing else of this repository: copy it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import queue
import re
import secrets
import threading
import time
import uuid
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SECONDS = (5, 60)
"""How long to wait for a connection, and for an answer."""

PAUSES = (1.0, 2.0, 4.0)
"""How long to wait before each further attempt, where the server does not say it itself."""

COVERED = ("@method", "@target-uri", "content-type", "content-digest")
TAG = "mediation-callback"
FRESH = 300
"""For how many seconds a callback may be under way."""


class Problem(Exception):
    """The server refused (RFC 9457): act on ``status`` and ``code``, show ``detail`` and ``next`` to people."""

    def __init__(self, status: int, told: Mapping[str, Any]) -> None:
        self.status, self.told = status, told
        self.code = str(told.get("code") or told.get("error") or "")
        super().__init__(f"{status} {self.code}: {told.get('detail', '')} {told.get('next', '')}".strip())


class Api:
    """One platform's windows. ``root`` ends in api/v1/; ``grant`` returns a token, where one is needed."""

    def __init__(self, root: str, grant: Callable[[], dict[str, Any]] | None = None) -> None:
        self.root, self.grant = root, grant
        self.http = requests.Session()
        self.document = self.http.get(urljoin(root, "schema"), timeout=SECONDS).json()
        self.operations = {
            told["operationId"]: (method, address, told)
            for address, item in self.document["paths"].items()
            for method, told in item.items()
        }
        self.token: dict[str, Any] = {}

    # Calling.

    def call(self, operation: str, body: Any = None, *, form: Any = None, files: Any = None, **named: Any) -> Any:
        """Return what an operation answers: JSON as Python values, anything else as bytes. Raises Problem.

        Parameters are named as in the document, with _ for -: ``call("read_case", ref=…)``. A POST gets an
        Idempotency-Key of its own unless one is given, so that it can be sent again when the line breaks.
        """
        method, address, told = self.operations[operation]
        places = {one["name"].replace("-", "_"): one for one in told.get("parameters", ())}
        if "Idempotency_Key" in places:
            named.setdefault("Idempotency_Key", str(uuid.uuid4()))
        query, headers = {}, {}
        for name, value in named.items():
            match places[name]["in"]:
                case "path":
                    address = address.replace("{" + name + "}", quote(str(value), safe=""))
                case "query":
                    query[name] = value
                case "header":
                    headers[places[name]["name"]] = str(value)
        more = {"params": query, "json": body, "data": form, "files": files}
        sent = {name: value for name, value in more.items() if value is not None}
        answer = self._send(method, urljoin(self.root, address), headers, sent, again="Idempotency_Key" in named)
        kind = answer.headers.get("Content-Type", "")
        said = answer.json() if "json" in kind else answer.content
        if answer.status_code >= 400:
            raise Problem(answer.status_code, said if isinstance(said, dict) else {})
        return said

    def _send(self, method: str, url: str, headers: dict[str, str], more: dict[str, Any], *, again: bool) -> Any:
        """Send, and again where that is safe: after a broken line, when told to wait, with a new token."""
        again, renewed = again or method == "get", False
        for pause in (*PAUSES, None):
            bearer = {"Authorization": f"Bearer {self._bearer()}"} if self.grant else {}
            try:
                answer = self.http.request(method, url, headers={**headers, **bearer}, timeout=SECONDS, **more)
            except requests.ConnectionError:
                if pause is None or not again:
                    raise
                time.sleep(pause)
                continue
            if answer.status_code == 401 and self.grant and not renewed:
                self.token, renewed = {}, True
            elif answer.status_code in (429, 503) and again and pause is not None:
                time.sleep(float(answer.headers.get("Retry-After", pause)))
            else:
                break
        return answer

    def _bearer(self) -> str:
        if self.grant and not self.token:
            self.token = self.grant()
        return str(self.token.get("access_token", ""))

    # Coming by tokens.

    def as_programme(self, client: str, secret: str) -> Api:
        """Return these windows for the programme's own account, which reads (client credentials)."""
        proof = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        return Api(self.root, lambda: dict(self.call("fetch_token", form=proof)))

    def as_person(self, client: str, secret: str, redirect_uri: str, scope: str) -> Api:
        """Return these windows for a person who consents in the browser (authorisation code with PKCE)."""
        proof = {"client_id": client, "client_secret": secret}
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        asked = {
            "response_type": "code", "client_id": client, "redirect_uri": redirect_uri, "scope": scope, "state": state,
            "code_challenge": to_base64url(hashlib.sha256(verifier.encode()).digest()), "code_challenge_method": "S256",
        }  # fmt: skip
        flow = self.document["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]
        address = f"{urljoin(self.root, flow['authorizationUrl'])}?{urlencode(asked)}"
        back = _answer_of_browser(address, redirect_uri)
        if back.get("state") != state or "code" not in back:
            raise Problem(403, {"code": back.get("error", "state"), "detail": "No consent was given."})
        given = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": redirect_uri}
        first = dict(self.call("fetch_token", form={**proof, **given, "code_verifier": verifier}))
        refresh = [first["refresh_token"]]

        def renew() -> dict[str, Any]:
            # A refresh token is good once: whoever brings an old one closes the whole consent.
            token = dict(
                self.call("fetch_token", form={**proof, "grant_type": "refresh_token", "refresh_token": refresh[0]})
            )
            refresh[0] = token["refresh_token"]
            return token

        person = Api(self.root, renew)
        person.token = first
        return person

    # Following.

    def changes(self, since: int = 0, **named: Any) -> Iterator[dict[str, Any]]:
        """Yield the changes after a position until there are no more; keep ``position`` of the last one you took in."""
        more = True
        while more:
            page = self.call("read_changes", since=since, **named)
            yield from page["items"]
            since, more = page["next"], page["more"]

    def keys(self) -> dict[str, Ed25519PublicKey]:
        """Return the platform's published keys that sign, by their id."""
        platform = self.call("read_me")["platform"]
        published = self.http.get(urljoin(self.root, f"/exchange/v1/{platform}/keys.json"), timeout=SECONDS).json()
        return {
            one["key"]: Ed25519PublicKey.from_public_bytes(from_base64url(one["public"].removeprefix("ed25519:")))
            for one in published["keys"]
            if one["purpose"] == "SIGN" and not one["revoked_at"] and one["public"].startswith("ed25519:")
        }


# Callbacks.


class UnknownKey(ValueError):
    """The platform signs with a key we have not read: it has taken a new one, or this is somebody else's."""


def verify(
    url: str, headers: Mapping[str, str], body: bytes, keys: Mapping[str, Ed25519PublicKey], now: float
) -> dict[str, Any]:
    """Return the CloudEvent of a callback to ``url``; raises ValueError unless it is the platform's own, whole and new.

    RFC 9421: the signature is over a text that repeats what is covered, one line each, and then the parameters.
    """
    given = {name.lower(): value for name, value in headers.items()}
    parameters = given.get("signature-input", "").removeprefix("docking=")
    components, _bracket, rest = parameters.partition(")")
    if components != "(" + " ".join(f'"{name}"' for name in COVERED):
        raise ValueError("This signature covers something else.")
    said = dict(re.findall(r';(\w+)="?([^";]*)"?', rest))
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    if given.get("content-digest") != digest:
        raise ValueError("The body is not the one that was signed.")
    if said.get("tag") != TAG or abs(now - int(said.get("created", "0"))) > FRESH:
        raise ValueError("This is no callback, or not of now.")
    values = ("POST", url, given.get("content-type", ""), digest)
    lines = [f'"{name}": {value}' for name, value in zip(COVERED, values, strict=True)]
    base = "\n".join([*lines, f'"@signature-params": {parameters}'])
    signature = base64.b64decode(given.get("signature", "").removeprefix("docking=:").removesuffix(":"))
    if said.get("keyid") not in keys:
        raise UnknownKey("This key is not known.")
    try:
        keys[said["keyid"]].verify(signature, base.encode())
    except InvalidSignature as wrong:
        raise ValueError("This is not the platform's signature.") from wrong
    event: dict[str, Any] = json.loads(body)
    return event


class Receiver:
    """A server for callbacks: what is verified comes out of ``events`` once, however often it is told.

    ``fetch`` returns the platform's keys; they are read again, at most once a minute, when it signs with a new one.
    """

    def __init__(
        self, url: str, fetch: Callable[[], Mapping[str, Ed25519PublicKey]], clock: Callable[[], float] = time.time
    ) -> None:
        self.url, self.events = url, queue.Queue[dict[str, Any]]()
        self.keys, self.fetched, self.fetch, self.clock = fetch(), time.monotonic(), fetch, clock
        seen: set[str] = set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                try:
                    event = receiver.verified(dict(self.headers), body)
                except ValueError:
                    self.send_response(401)
                else:
                    if event["id"] not in seen:
                        seen.add(event["id"])
                        receiver.events.put(event)
                    self.send_response(204)
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(_place_of(url), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def verified(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Return the event of a callback; raises ValueError unless it is the platform's own."""
        try:
            return verify(self.url, headers, body, self.keys, self.clock())
        except UnknownKey:
            if time.monotonic() - self.fetched < 60:
                raise
            self.keys, self.fetched = self.fetch(), time.monotonic()
            return verify(self.url, headers, body, self.keys, self.clock())

    def wait(self, kind: str, case: str, seconds: float = 60) -> dict[str, Any]:
        """Return the next event of this kind about this case; raises queue.Empty when none comes in time."""
        until = time.monotonic() + seconds
        while True:
            event = self.events.get(timeout=max(0.0, until - time.monotonic()))
            if (event["type"], event["subject"]) == (kind, case):
                return event

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()


def _answer_of_browser(address: str, redirect_uri: str) -> dict[str, str]:
    """Open a page and return the query with which the browser comes back to our own address."""
    came: queue.Queue[dict[str, str]] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = urlsplit(self.path)
            if told.path == urlsplit(redirect_uri).path:
                came.put({name: values[0] for name, values in parse_qs(told.query).items()})
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.end_headers()
            self.wfile.write("可以关闭这一页了。".encode())

        def log_message(self, *_args: Any) -> None:
            """Say nothing: the code stands in the address."""

    with ThreadingHTTPServer(_place_of(redirect_uri), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"Sign in and consent: {address}", flush=True)
        webbrowser.open(address)
        answer = came.get(timeout=300)
        server.shutdown()
    return answer


def _place_of(url: str) -> tuple[str, int]:
    told = urlsplit(url)
    return told.hostname or "localhost", told.port or 80


def to_base64url(raw: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
