"""The three deployments: each stands by itself, and what deploy/ says of them agrees with the code."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mediation.project.environment import BASE_DIR, VARIABLES

DEPLOYMENTS = {
    "court": {"PLATFORMS": "courtplatform", "PEERS": "investornet=https://net.example/"},
    "investornet": {"PLATFORMS": "investornet", "PEERS": "courtplatform=https://court.example/"},
    "both": {"PLATFORMS": "courtplatform,investornet", "PEERS": ""},
}
EMPTY_TO_COMPLETE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("migrate", check_unapplied=True)
call_command("check", deploy=True, fail_level="WARNING")
"""
UNITS = BASE_DIR / "deploy" / "systemd"
COMPOSE = BASE_DIR / "deploy" / "compose.yaml"


def manage(*arguments: str, state: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = os.environ | {"STATE_DIR": str(state), "DATABASE_URL": "", "REDIS_URL": ""} | environment
    settings.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=BASE_DIR, env=settings, capture_output=True, text=True
    )


def test_a_deployment_migrates_an_empty_database_is_then_complete_and_passes_the_deployment_checks(tmp_path):
    # Both platforms here; court only and InvestorNet only migrate and start in tests/chaos, and script/check asks each.
    settings = DEPLOYMENTS["both"] | {"PUBLIC_URL": "https://mediation.example/", "REDIS_URL": "redis://localhost/0"}
    gateway = {"SMS_GATEWAY": "http", "SMS_URL": "https://sms.example/send"}

    done = manage("shell", "--no-imports", "-c", EMPTY_TO_COMPLETE, state=tmp_path, **settings, **gateway)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"PLATFORMS": "nosuchplatform"}, "there is no app 'nosuchplatform' here"),
        ({"PLATFORMS": "roster"}, "mediation.E001"),
        ({"PLATFORMS": "courtplatform"}, "mediation.E003"),
        ({"PLATFORMS": "courtplatform", "PEERS": "investornet=local:"}, "mediation.E004"),
        ({"PEERS": "courtplatform=https://court.example/,investornet=local:"}, "mediation.E005"),
        ({"PLATFORMS": "courtplatform", "PEERS": "investornet=http://net.example/"}, "Use its https:// address"),
        ({"PEERS": "investornet"}, "is not code=address"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "short"}, "shorter than 40 characters"),
        ({"FIELD_KEYS": "1:c2hvcnQ="}, "it has 5 bytes instead of 32"),
        ({"PUBLIC_URL": "mediation.example"}, "is not an http:// or https:// address"),
        ({"DEMONSTRATION_CLOCK": "yes", "DATABASE_URL": "postgres:///docking"}, "DATABASE_URL belong to a real"),
        ({"DEMONSTRATION_CLOCK": "yes", "REDIS_URL": "redis://localhost/0"}, "REDIS_URL belong to a real"),
        ({"DEMONSTRATION_CLOCK": "yes", "PUBLIC_URL": "https://mediation.example/"}, "PUBLIC_URL belong to a real"),
        (
            {"DEMONSTRATION_CLOCK": "yes", "PLATFORMS": "courtplatform", "PEERS": "investornet=https://net.example/"},
            "PEERS belong to a real",
        ),
        ({"SANDBOX": "yes", "DATABASE_URL": "postgres:///docking"}, "SANDBOX is wrong: DATABASE_URL belong to a real"),
        ({"DEBUG": "perhaps"}, "neither yes nor no"),
        ({"SMS_GATEWAY": "http"}, "SMS_URL is not set"),
        ({"SMS_GATEWAY": "http", "SMS_URL": "http://sms.example/"}, "must begin with https://"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_says_how_to_mend_it(given, said, tmp_path):
    checked = manage("check", state=tmp_path, **given)

    assert checked.returncode != 0
    assert said in checked.stderr
    (name, *_others) = reversed(given)
    assert "mediation.E" in checked.stderr or name in checked.stderr


def test_secrets_are_made_once_and_are_the_owners_alone(tmp_path):
    script = [sys.executable, str(BASE_DIR / "script" / "make_secrets.py"), str(tmp_path)]

    subprocess.run(script, check=True, capture_output=True)
    first = (tmp_path / "settings.env").read_text()
    subprocess.run(script, check=True, capture_output=True)

    assert (tmp_path / "settings.env").read_text() == first
    assert (tmp_path / "settings.env").stat().st_mode & 0o777 == 0o600
    assert {line.partition("=")[0] for line in first.splitlines()} == {"SECRET_KEY", "FIELD_KEYS", "INDEX_KEY"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_each_compose_profile_has_its_own_rows_bell_and_one_beat(name):
    services = yaml.safe_load(COMPOSE.read_text())["services"]

    mine = {service: body for service, body in services.items() if name in body["profiles"]}

    processes = ("prepare", "web", "sockets", "worker", "beat", "postgres", "redis")
    assert set(mine) == {f"{name}-{process}" for process in processes}
    for body in mine.values():
        assert set(body.get("depends_on", {})) <= set(mine)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_each_example_of_settings_names_only_variables_that_are_read(name):
    lines = (BASE_DIR / "deploy" / "env" / f"{name}.env.example").read_text().splitlines()

    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    assert set(given) <= {variable.name for variable in VARIABLES}
    assert {variable.name for variable in VARIABLES if variable.default is None} <= set(given)
    assert given["PLATFORMS"] == DEPLOYMENTS[name]["PLATFORMS"]


@pytest.mark.parametrize("unit", sorted(UNITS.iterdir()), ids=lambda unit: unit.name)
def test_each_unit_is_well_formed_and_starts_a_program_of_the_lock_file(unit):
    parsed = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    parsed.optionxform = str

    parsed.read_string(unit.read_text())

    assert parsed["Unit"]["Description"]
    for needed in re.findall(r"mediation-[a-z]+@|mediation@", unit.read_text()):
        assert list(UNITS.glob(f"{needed}.*")), needed
    if unit.suffix == ".service":
        program = Path(re.search(r"^ExecStart=(\S+)", unit.read_text(), re.MULTILINE)[1])
        assert (BASE_DIR / ".venv" / "bin" / program.name).exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_finds_no_fault_in_the_units(tmp_path):
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/srv/mediation/.venv/bin", str(BASE_DIR / ".venv" / "bin"))
        (tmp_path / unit.name.replace("@", "@court")).write_text(re.sub(r"^(User|Group)=.*\n", "", text, flags=re.M))

    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
    )

    faults = [line for line in verified.stderr.splitlines() if "mediation" in line and "not-found" not in line]
    assert faults == []
