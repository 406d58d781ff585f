"""Everything this deployment is told by its environment: one table, read once, printed into docs/operations.md.

Lives here: each variable with its default, what it does and how to mend it; reading and refusing values.
Does not live here: what Django makes of the values (``settings``).
Called by: ``settings``, ``manage.py`` and the ``docs`` command.

A variable may stand in the environment or in ``STATE_DIR/settings.env``; the environment wins.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from mediation import sm2
from mediation.chain import DIGESTS, SCHEMES
from mediation.law import check_figures
from mediation.numbers import CODES
from mediation.vocabulary import CodePurpose

BASE_DIR = Path(__file__).resolve().parent.parent.parent
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Variable:
    """One variable of the environment; ``default`` None means that it must be given."""

    name: str
    default: str | None
    what: str
    mend: str
    read: Callable[[str], Any] = str


def read_flag(text: str) -> bool:
    """Return the truth of yes/no, true/false, on/off, 1/0; raises ValueError."""
    answers = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
        "": False,
    }
    if text.strip().lower() not in answers:
        raise ValueError(f"{text!r} is neither yes nor no")
    return answers[text.strip().lower()]


def read_socket(text: str) -> str:
    """Return the address of a local service, host:port or unix:/path; raises ValueError."""
    host, _colon, port = text.rpartition(":")
    if text and not text.startswith("unix:/") and not (host and port.isdigit()):
        raise ValueError("it is neither host:port nor unix:/path")
    return text


def read_list(text: str) -> list[str]:
    """Return the comma-separated words."""
    return [word.strip() for word in text.split(",") if word.strip()]


def read_platforms(text: str) -> list[str]:
    """Return the names of the platform apps; raises ValueError when there is none or one is no name."""
    names = read_list(text)
    if not names:
        raise ValueError("it names no platform")
    for name in names:
        if not name.isidentifier():
            raise ValueError(f"{name!r} is not the name of an app")
        if not (BASE_DIR / name / "apps.py").exists():
            raise ValueError(f"there is no app {name!r} here")
    if len(set(names)) != len(names):
        raise ValueError("a platform stands in it twice")
    return names


def read_peers(text: str) -> dict[str, str]:
    """Return code → address; an address is ``local:`` or a URL that ends in a slash. Raises ValueError."""
    peers: dict[str, str] = {}
    for pair in read_list(text):
        code, equals, address = pair.partition("=")
        if not equals or not code.isidentifier():
            raise ValueError(f"{pair!r} is not code=address")
        url = urlsplit(address)
        if address != "local:":
            if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment or url.username:
                raise ValueError(f"{address!r} is neither local: nor a plain https:// address")
            address = address.rstrip("/") + "/"
        peers[code] = address
    return peers


def read_url(text: str) -> str:
    """Return an http(s) address that ends in a slash; raises ValueError."""
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError(f"{text!r} is not an http:// or https:// address")
    return text.rstrip("/") + "/"


def read_key(text: str) -> bytes:
    """Return the 32 bytes written in base64 (either alphabet); raises ValueError."""
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError("it is not base64") from error
    if len(raw) != 32:
        raise ValueError(f"it has {len(raw)} bytes instead of 32")
    return raw


def read_keyring(text: str) -> list[str]:
    """Return the keys as they stand, ``id:base64`` each, the newest first; raises ValueError."""
    names = []
    for entry in read_list(text):
        name, colon, key = entry.partition(":")
        if not colon or not name.isalnum():
            raise ValueError("each key is written id:base64, the id in letters and digits")
        read_key(key)
        names.append(name)
    if not names:
        raise ValueError("it holds no key")
    if len(set(names)) != len(names):
        raise ValueError("two keys have the same id")
    return read_list(text)


def read_index_key(text: str) -> str:
    """Return the key as it stands, checked; raises ValueError."""
    read_key(text)
    return text


def read_secret(text: str) -> str:
    """Return a secret that is long enough to be one; raises ValueError."""
    if len(text) < 40:
        raise ValueError("it is shorter than 40 characters")
    return text


def read_megabytes(text: str) -> int:
    """Return the number of bytes in so many megabytes; raises ValueError."""
    if int(text) < 1:
        raise ValueError("it must be at least 1")
    return int(text) * 1024 * 1024


def read_count(text: str) -> int:
    """Return a number from 0; raises ValueError."""
    if int(text) < 0:
        raise ValueError("it must not be negative")
    return int(text)


def read_figures(text: str) -> dict[str, int]:
    """Return law row → the figure set for it; raises ValueError when the law leaves that row no choice."""
    figures = {}
    for pair in read_list(text):
        row, equals, figure = pair.partition("=")
        if not equals or not figure.strip().isdecimal():
            raise ValueError(f"{pair!r} is not row=number")
        figures[row.strip()] = int(figure)
    check_figures(figures)
    return figures


def read_case_codes(text: str) -> dict[tuple[str, CodePurpose], str]:
    """Return (court code, purpose) → type code of case numbers that the court uses instead; raises ValueError."""
    found = {}
    for item in read_list(text):
        place, equals, code = item.partition("=")
        court, slash, purpose = place.partition("/")
        if not equals or not slash or not court.strip() or code.strip() not in CODES:
            raise ValueError(f"{item!r} is not COURT/PURPOSE=CODE with a code of {', '.join(CODES)}")
        found[court.strip(), CodePurpose(purpose.strip())] = code.strip()
    return found


def read_digest(text: str) -> str:
    """Return the name of a digest the journal knows; raises ValueError."""
    if text not in DIGESTS:
        raise ValueError(f"{text!r} is none of {', '.join(DIGESTS)}")
    return text


def read_scheme(text: str) -> str:
    """Return the name of a signature algorithm that works on this machine; raises ValueError."""
    if text not in SCHEMES:
        raise ValueError(f"{text!r} is none of {', '.join(SCHEMES)}")
    if text == "sm2" and (why := sm2.missing()):
        raise ValueError(why)
    return text


def read_word(words: tuple[str, ...], text: str) -> str:
    """Return one of a few words; raises ValueError."""
    if text not in words:
        raise ValueError(f"{text!r} is none of {', '.join(words)}")
    return text


def read_sms_url(text: str) -> str:
    """Return the address of an SMS provider, or an empty text; raises ValueError for one that others could read."""
    url = urlsplit(text)
    if text and not (url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)):
        raise ValueError("it must begin with https://, for it carries telephone numbers")
    return text


def read_smtp_url(text: str) -> dict[str, Any]:
    """Return what Django needs of a mail server; raises ValueError."""
    url = urlsplit(text)
    if not text:
        return {}
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise ValueError("it must begin with smtp:// or smtps:// and name a host")
    return {
        "host": url.hostname,
        "port": url.port or (465 if url.scheme == "smtps" else 587),
        "username": unquote(url.username or ""),
        "password": unquote(url.password or ""),
        "use_ssl": url.scheme == "smtps",
        "use_tls": url.scheme == "smtp" and url.hostname not in LOOPBACK,
    }


RANDOM_KEY = "python3 -c 'import base64, secrets; print(base64.standard_b64encode(secrets.token_bytes(32)).decode())'"

VARIABLES = (
    Variable(
        "STATE_DIR",
        str(BASE_DIR / ".state"),
        "Folder for what a deployment keeps on disk: the embedded database, documents, settings.env.",
        "Give the path of a folder that the service may write to and nobody else may read.",
        Path,
    ),
    Variable(
        "PLATFORMS",
        "courtplatform,investornet",
        "The platforms this deployment serves: courtplatform, investornet, or both.",
        "Write PLATFORMS=courtplatform, PLATFORMS=investornet or PLATFORMS=courtplatform,investornet.",
        read_platforms,
    ),
    Variable(
        "PEERS",
        "",
        "Where each book is: code=local: or code=https://host/, comma-separated. "
        "With several platforms here the default is local for each.",
        "On a deployment of one platform name the other: PEERS=investornet=https://mediation.example/. "
        "Plain http:// is allowed to loopback addresses, and with DEBUG.",
        read_peers,
    ),
    Variable(
        "SECRET_KEY",
        None,
        "Signs sessions and one-time links. At least 40 characters, different on each deployment.",
        "Run script/make_secrets.py STATE_DIR once; it writes fresh secrets into STATE_DIR/settings.env. "
        "Keep a copy apart from the database.",
        read_secret,
    ),
    Variable(
        "SECRET_KEY_FALLBACKS",
        "",
        "Earlier SECRET_KEYs, comma-separated, still accepted while sessions signed with them live.",
        "Put the old key here when you change SECRET_KEY; take it out after two weeks.",
        read_list,
    ),
    Variable(
        "FIELD_KEYS",
        None,
        "Keyring that seals identity, telephone and account numbers at rest: id:base64 of 32 bytes, comma-separated, "
        "newest first.",
        "Run script/make_secrets.py STATE_DIR once. To rotate, put a new key in front and keep the old ones. "
        f"A key is made with: {RANDOM_KEY}",
        read_keyring,
    ),
    Variable(
        "INDEX_KEY",
        None,
        "Key of the blind index by which sealed numbers are found exactly: base64 of 32 bytes. "
        "It does not rotate without a new index.",
        f"Run script/make_secrets.py STATE_DIR once, or make one with: {RANDOM_KEY}",
        read_index_key,
    ),
    Variable(
        "DATABASE_URL",
        "",
        "postgres://user:password@host:5432/name, or postgres:///name?host=/socket/folder. Empty: SQLite in STATE_DIR.",
        "Give one database to each deployment; two deployments never share one.",
    ),
    Variable(
        "DATABASE_KEEP_SECONDS",
        "60",
        "How long a process keeps its PostgreSQL connection for the next request. 0 with an ASGI server.",
        "Give a whole number of seconds.",
        read_count,
    ),
    Variable(
        "REDIS_URL",
        "",
        "redis://host:6379/0 or unix:///path/redis.sock?db=0. "
        "Empty: tasks, sockets and cache live inside the one process.",
        "Needed as soon as there is more than one process. "
        "Run Redis with appendonly yes and maxmemory-policy noeviction.",
    ),
    Variable(
        "PUBLIC_URL",
        "http://localhost:8000/",
        "The address people see. With https:// cookies are secure, plain requests are redirected and HSTS is sent.",
        "Write the whole address with its scheme, e.g. PUBLIC_URL=https://mediation.example/.",
        read_url,
    ),
    Variable(
        "ALLOWED_HOSTS",
        "",
        "Further host names this deployment answers to, comma-separated, beside that of PUBLIC_URL and loopback.",
        "Write bare host names without scheme or port.",
        read_list,
    ),
    Variable(
        "OWN_FIGURES",
        "",
        "Figures the law leaves to the platform, where they differ from the defaults: row=number, comma-separated.",
        "docs/law.md marks the rows that may be set. Both deployments must say the same.",
        read_figures,
    ),
    Variable(
        "COURT_CASE_CODES",
        "",
        "Type codes (类型代字) of case numbers that single courts use instead of docs/law.md's: COURT/PURPOSE=CODE, "
        "comma-separated, for example 沪74/CONFIRMATION=民特.",
        f"PURPOSE is one of {', '.join(CodePurpose)}. Numbers given before keep their code.",
        read_case_codes,
    ),
    Variable(
        "JOURNAL_ALGORITHM",
        "sha256",
        f"The digest of new journal entries: {' or '.join(DIGESTS)}. Each entry names its own.",
        "Change it only when the peer's version knows it too.",
        read_digest,
    ),
    Variable(
        "SIGNING_ALGORITHM",
        "ed25519",
        f"The algorithm of new signing keys: {' or '.join(SCHEMES)}. Each key names its own; old ones go on verifying.",
        "sm2 needs the libcrypto of OpenSSL 3. Change it only when the peer's version knows it too, then keys rotate.",
        read_scheme,
    ),
    Variable(
        "MOCK_VERIFICATION",
        "no",
        "Whether an identity typed in on registering counts as verified. For demonstration only.",
        "Write no wherever real people register; script/server writes yes.",
        read_flag,
    ),
    Variable(
        "CALLBACKS_ANYWHERE",
        "no",
        "Whether programmes may be told of changes at any http:// address, our own network included. "
        "For trying out only.",
        "Write no: only public https:// addresses are told. Yes lets a receiver run beside it, as in a sandbox.",
        read_flag,
    ),
    Variable(
        "DEMONSTRATION_CLOCK",
        "no",
        "Whether the clock of this deployment can be put forward on a page, to watch statutory clocks run out. "
        "For the embedded demonstration only.",
        "Write no. It is refused with PostgreSQL, Redis, an https:// address, or a peer that is not local.",
        read_flag,
    ),
    Variable(
        "SANDBOX",
        "no",
        "Whether this is an integrator's sandbox: its clock can be moved and its data reset by anybody, by page and by "
        "API (sandbox/clock, sandbox/reset). It has the settable clock of the demonstration.",
        "Write no; script/server --sandbox writes yes. It is refused where DEMONSTRATION_CLOCK is.",
        read_flag,
    ),
    Variable(
        "CERTIFICATE_PROVIDER",
        "mediation.signatures.authority.BuiltInAuthority",
        "Whoever issues certificates to those who sign agreements: the dotted name of a class with the methods of "
        "mediation.signatures.providers.CertificateProvider. The default issues them itself, without a licence.",
        "Put a module for the licensed authority's service on the Python path and name its class; what was signed "
        "before stays valid, for its root stands in the journal.",
    ),
    Variable(
        "BEHIND_PROXY",
        "no",
        "Whether a reverse proxy stands in front and sets X-Forwarded-Proto and X-Forwarded-For itself.",
        "Write yes only if the proxy overwrites both headers; otherwise anybody could forge them.",
        read_flag,
    ),
    Variable(
        "SMS_GATEWAY",
        "file",
        "How short messages leave: file (messages/sms.jsonl in STATE_DIR), console, or http (SMS_URL). "
        "With file and console nobody's telephone rings.",
        "Write file, console or http; http needs SMS_URL and SMS_TOKEN.",
        partial(read_word, ("file", "console", "http")),
    ),
    Variable(
        "SMS_URL",
        "",
        "The provider's address: each message is posted there as JSON with id, to and text, and the id again as "
        "Idempotency-Key. 2xx takes it, 400, 404, 410 and 422 refuse the number, anything else is tried again.",
        "Give the whole https:// address; put a small translating service before a provider that speaks otherwise.",
        read_sms_url,
    ),
    Variable("SMS_TOKEN", "", "The bearer token the provider asks for.", "Ask the provider; keep it out of logs."),
    Variable(
        "EMAIL_GATEWAY",
        "file",
        "How e-mails leave: file (messages/email.jsonl in STATE_DIR), console, or smtp (SMTP_URL).",
        "Write file, console or smtp; smtp needs SMTP_URL and MAIL_FROM.",
        partial(read_word, ("file", "console", "smtp")),
    ),
    Variable(
        "SMTP_URL",
        "",
        "smtp://user:password@host:587/ (with STARTTLS), smtps://user:password@host:465/, or smtp://localhost:25/ "
        "without either.",
        "Write special characters of the password as %XX.",
        read_smtp_url,
    ),
    Variable(
        "MAIL_FROM",
        "notices@localhost",
        "The sender of e-mails.",
        "Give an address for whose domain the mail server may send.",
    ),
    Variable(
        "STATIC_DIR",
        "",
        "Folder that `manage.py collectstatic` fills. Empty: files are served from where they lie in the source.",
        "In production give a folder and run `manage.py collectstatic --no-input` at every release.",
    ),
    Variable(
        "FONT_DIRS",
        "/usr/share/fonts",
        "Folders with the fonts in which documents are printed, comma-separated.",
        "Install fonts-noto-cjk; for rare characters also fonts-babelstone-han or fonts-hanazono.",
        read_list,
    ),
    Variable(
        "CLAMAV",
        "",
        "Where clamd listens, host:3310 or unix:/run/clamav/clamd.ctl; files are then scanned for viruses. "
        "Empty: they are not.",
        "Install clamav-daemon, and let its StreamMaxLength be 25M or more.",
        read_socket,
    ),
    Variable(
        "TEXT_MAX_MB",
        "10",
        "Largest request without files, in megabytes; more is refused with 413.",
        "Give a whole number. Batches of the peer have a limit of their own.",
        read_megabytes,
    ),
    Variable(
        "UPLOAD_MAX_MB",
        "100",
        "Largest single request with files, in megabytes; more is refused with 413.",
        "Give a whole number, and set the proxy's own limit no lower.",
        read_megabytes,
    ),
    Variable(
        "RECORDING_MAX_MB",
        "500",
        "Largest audio or video recording, in megabytes; it arrives by pieces and is kept in pieces. Other files: 20.",
        "Give a whole number. clamd scans what its StreamMaxLength allows; larger recordings stay 未查毒.",
        read_megabytes,
    ),
    Variable(
        "LOG_LEVEL",
        "INFO",
        "How much is logged: DEBUG, INFO, WARNING or ERROR. Logs carry codes and refs, never personal data.",
        "Write one of the four words.",
    ),
    Variable(
        "DEBUG",
        "no",
        "Shows tracebacks to whoever meets them. Never in production.",
        "Write yes or no.",
        read_flag,
    ),
)


def lend() -> None:
    """This function will lend this process secrets that no deployment has, unless it finds a deployment's own.

    For commands that know no rows and keep nothing, which may so be run where nothing is installed (``manage.py``).
    """
    state = Path(os.environ.get("STATE_DIR") or BASE_DIR / ".state")
    if not (state / "settings.env").exists():
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
        os.environ.setdefault("FIELD_KEYS", f"1:{base64.standard_b64encode(secrets.token_bytes(32)).decode()}")
        os.environ.setdefault("INDEX_KEY", base64.standard_b64encode(secrets.token_bytes(32)).decode())


def read_environment() -> dict[str, Any]:
    """Return every variable of the table, read and checked; raises ImproperlyConfigured that says how to mend it."""
    state = Path(os.environ.get("STATE_DIR") or BASE_DIR / ".state")
    if (state / "settings.env").exists():
        environ.Env.read_env(state / "settings.env")
    values: dict[str, Any] = {}
    for variable in VARIABLES:
        text = os.environ.get(variable.name, "") or variable.default
        if text is None:
            raise ImproperlyConfigured(f"{variable.name} is not set. {variable.what} {variable.mend}")
        try:
            values[variable.name] = variable.read(text)
        except ValueError as error:
            raise ImproperlyConfigured(f"{variable.name} is wrong: {error}. {variable.what} {variable.mend}") from error
    if not values["PEERS"] and len(values["PLATFORMS"]) > 1:
        values["PEERS"] = dict.fromkeys(values["PLATFORMS"], "local:")
    for code, address in values["PEERS"].items():
        url = urlsplit(address)
        if url.scheme == "http" and url.hostname not in LOOPBACK and not values["DEBUG"]:
            raise ImproperlyConfigured(
                f"PEERS is wrong: {code} is reached by plain http:// at {url.hostname}. Use its https:// address: "
                "messages are signed, but who is in dispute with whom would be open to everybody on the way."
            )
    for gateway, chosen, needed in (("SMS_GATEWAY", "http", "SMS_URL"), ("EMAIL_GATEWAY", "smtp", "SMTP_URL")):
        if values[gateway] == chosen and not values[needed]:
            raise ImproperlyConfigured(f"{needed} is not set, and {gateway}={chosen} needs it.")
    for name in ("SANDBOX", "DEMONSTRATION_CLOCK"):
        if values[name]:
            _refuse_in_production(name, values)
    values["DEMONSTRATION_CLOCK"] = values["DEMONSTRATION_CLOCK"] or values["SANDBOX"]
    return values


def _refuse_in_production(name: str, values: dict[str, Any]) -> None:
    """Raise ImproperlyConfigured unless this is the embedded demonstration: real periods run by the real clock."""
    signs = {
        "DATABASE_URL": values["DATABASE_URL"] and not values["DATABASE_URL"].startswith("sqlite:"),
        "REDIS_URL": values["REDIS_URL"],
        "PUBLIC_URL": values["PUBLIC_URL"].startswith("https:"),
        "PEERS": len(values["PLATFORMS"]) < 2 or any(address != "local:" for address in values["PEERS"].values()),
    }
    found = [sign for sign, given in signs.items() if given]
    if found:
        raise ImproperlyConfigured(
            f"{name} is wrong: {' and '.join(found)} belong to a real deployment, "
            f"whose periods run by the real clock. Write {name}=no."
        )


def render_operations() -> str:
    """Return docs/operations.md: every variable, where it may stand, and how each shape of deployment is run."""
    rows = []
    for variable in VARIABLES:
        default = (
            "**must be given**" if variable.default is None else f"`{variable.default}`" if variable.default else "–"
        )
        default = default.replace(str(BASE_DIR) + "/", "")
        rows.append(f"| `{variable.name}` | {default} | {variable.what} | {variable.mend} |")
    return OPERATIONS.replace("{rows}", "\n".join(rows))


OPERATIONS = """\
# Operations

<!-- Generated by `manage.py docs` from mediation/project/environment.py; edit there. -->

## Settings

Each is read from the environment, or from `STATE_DIR/settings.env` where the environment does not have it.
A missing or wrong value stops the start with the text of the last column.

| Variable | Default | What it does | How to mend it |
|---|---|---|---|
{rows}

## Shapes

| Shape | Command | Needs |
|---|---|---|
| Both platforms, one process | `script/server` | nothing beside Python |
| Production's shape on one machine | `script/server --stack` | Debian's PostgreSQL and Redis, started privately |
| Court only, InvestorNet only, or both, in containers | `deploy/compose.yaml` with a profile | a container engine |
| The same as services | `deploy/systemd/` | PostgreSQL, Redis, a reverse proxy with TLS |

Each deployment runs these processes; any may be killed at any moment, the rows of the database are the truth:

| Process | Command | How many |
|---|---|---|
| web | `gunicorn mediation.project.wsgi` | as many workers as cores and a half |
| sockets | `uvicorn mediation.project.asgi:application` | one; the proxy sends `/ws/` there |
| worker | `celery -A mediation.project worker` | one or more |
| beat | `celery -A mediation.project beat` | exactly one; a second does no harm beyond work done twice |

## First start of a deployment

1. `script/make_secrets.py STATE_DIR`, and a copy of `STATE_DIR/settings.env` kept apart from the database.
2. `manage.py migrate`, `manage.py load_reference`, `manage.py collectstatic --no-input`. The list of companies that
   applicants search is a small sample; `manage.py load_reference --companies FILE.xlsx --as-of DAY --source TEXT` puts
   the lists of the exchanges and associations in its place (columns 类别, 证券代码, 简称, 全称, 统一社会信用代码).
   Whoever searches is told day and source. The groups of companies in which conflicts of interest are looked for are
   invented pairs of the demonstration: before the first real case, on each platform,
   `manage.py load_reference --groups FILE.xlsx --as-of DAY --source TEXT` (columns 公司, 母公司, 起始日期: one line
   for each company and the parent that owns it), on InvestorNet also the protection bureau at its desk
   (集团公司名单). A list replaces the one before as a whole; what is wrong is said line by line and nothing is loaded.
   Every form on which conflicts are shown says which list of which day was searched.
3. `manage.py keys ensure`; `manage.py keys export > ours.json`, given to the other side by a trusted way;
   `manage.py keys trust theirs.json`.
4. `manage.py appoint LOGIN ROLE --platform CODE …` for everybody who works there, e.g.
   `manage.py appoint li.ming CLERK --platform courtplatform --court 沪74 --name 李明`; it opens the account and says
   the first password once. `--end` ends a post. An organisation opened later gets its administrator in the same way.
5. `manage.py check --deploy` until it is silent, then start the processes.

## Messages

Notices are written with the case they tell of; text messages and e-mails leave afterwards, by the worker, through the
gateways that `SMS_GATEWAY` and `EMAIL_GATEWAY` choose. With `file` and `console` nobody is reached: links, one-time
codes and service by text message then work on one machine only, and `check --deploy` says so (`mediation.W003`).

The provider of short messages is spoken to in one way: `POST SMS_URL` with `{"id": …, "to": …, "text": …}`,
`Authorization: Bearer SMS_TOKEN`, and the id again as `Idempotency-Key`, so that a message repeated after a broken
connection can be told. A provider with an interface of its own gets a small translating service in front of it, which
also adds what that provider wants, such as a registered signature or template.

A message that a gateway cannot take is tried again after 1, 5, 15 and then every 60 minutes; after two days it is put
aside for people. An address that is refused is not tried again, and electronic service goes on to the next route. Text
messages other than codes keep quiet at night, from 21 to 8 o'clock; these figures stand in `docs/law.md` among
those that `OWN_FIGURES` may set. Whoever runs the platform sees what waits and what is stuck under 短信和邮件 on the
desk, without numbers and without content, and can have all of it tried again there.

## Virus scanning

With `CLAMAV` set, every file is shown to clamd while it arrives: an infected one is refused. One that came from the
other side, or is found out later, is quarantined and never opened. clamd needs `StreamMaxLength 25M` or more; the
largest file is 20 MB, recordings up to `RECORDING_MAX_MB` excepted: what is larger than clamd takes stays 未查毒. While
clamd does not answer, files are taken all the same and marked 未查毒; the task `tidy` asks again every minute. Without
`CLAMAV` nothing is scanned and every file says so.

## Certificates for signing

`CERTIFICATE_PROVIDER` names whoever certifies the signers of agreements. The built-in authority makes its root and its
issuing key by itself; `manage.py signing_authority ensure` does it beforehand. `show` prints them, `rotate` issues with
a fresh key from now on, `rotate-root` below a fresh root, `revoke SERIAL --reason …` revokes one certificate, and
`crl FILE` writes the list of revoked ones; root and list are also public, beside the page that verifies agreements.
Keys are sealed with `FIELD_KEYS`: whoever loses those loses the authority, though what was signed goes on verifying.

The built-in authority has no licence. Where the law or the parties want a licensed one, put a class with the methods of
`mediation.signatures.providers.CertificateProvider` on the Python path and name it. It is asked for a certificate for
each act of signing and to sign a digest; the roots of both stay known, so agreements signed before remain valid.

Its certificates may be for ECDSA or for RSA of 2048 bits or more, as its service has them; the certificate says which,
and nothing else needs to be set. SM2 (GB/T 38540 seals) is left out in a PDF: neither the library that signs nor the
readers people have know it, so the file would show as unsigned; between the platforms SM2 seals the journal.

## Health

`/healthz` answers 200 while the process lives. `/readyz` answers 200 when the database (and Redis, where set) answer
and no migration is missing, otherwise 503 with the names of what does not.

## Backup and restore

Back up the database and `STATE_DIR` (documents and keys). A side restored from a backup starts read-only and asks its
peer for what it lost before it writes: see `docs/exchange.md`.
"""
