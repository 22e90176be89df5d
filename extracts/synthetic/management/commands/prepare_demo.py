"""`manage.py prepare_demo`: a made-up England collected, and a cast of people with accounts. For development only.

Every step looks at what is there first, so it can be repeated, also after it was cut off.
"""

import base64
import datetime as dt
import hmac
import json
import multiprocessing
import shutil
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dars.accounts.public import User, create_account, enrol, grant_role, has_second_factor
from dars.core import clock
from dars.core.secrets import secret
from dars.organisations.public import Assurance, Organisation, add_member, record_assurance, register
from dars.panels.public import keep_member, name_office
from extracts.synthetic.cast import BODIES, PEOPLE, SUBMITTER, Person

_LIST_DAYS = 7  # the national opt-out list of the demonstration is loaded anew when it is older


class Command(BaseCommand):
    help = "Make and collect a synthetic Diagnostic Imaging Dataset, and the accounts of the demonstration."
    requires_system_checks = ()  # whoever starts the services has them checked

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--events", type=int, default=300_000)
        parser.add_argument("--people", type=int, default=135_000)
        parser.add_argument("--months", type=int, default=3)
        parser.add_argument("--seed", type=int, default=2026)
        parser.add_argument(
            "--begin", action="store_true", help="bring the database to its newest form, make the files, and stop"
        )

    def handle(self, *args: Any, events: int, people: int, months: int, seed: int, begin: bool, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("The demonstration's people and data are for development only.")
        self.marks = settings.STATE_ROOT / "demo"
        self.marks.mkdir(parents=True, exist_ok=True, mode=0o700)
        world = settings.STATE_ROOT / "synthetic"
        if not (self.marks / "synthesised").exists():
            # A child of this process has loaded what both need, and the two keep two cores busy.
            files = multiprocessing.get_context("fork").Process(
                target=self._once, args=("synthesised", lambda: self._synthesise(world, events, people, months, seed))
            )
            files.start()
            call_command("migrate", verbosity=0)
            files.join()
            if files.exitcode:
                raise CommandError("The synthetic data could not be made; the reason is above.")
        else:
            call_command("migrate", verbosity=0)
        if begin:
            return
        self._cast(json.loads((world / "manifest.json").read_text())["providers"])
        self._once("reference", lambda: call_command("load_reference", world / "reference"))
        self._once("collected", lambda: call_command("collect", world, everything=True, verbosity=0))
        self._once("did_opt_outs", lambda: self._opt_outs(world / "opt_outs" / "did_opt_outs.csv", kind="did"))
        self._once(
            "national_opt_outs",
            lambda: self._opt_outs(
                world / "opt_outs" / "national_opt_outs.dat", kind="national", as_of=clock.today().isoformat()
            ),
            again_after=dt.timedelta(days=_LIST_DAYS),
        )
        self._once("counted", lambda: call_command("build_counts", verbosity=0))
        self._once("publication", lambda: call_command("open_publication", verbosity=0))

    def _once(self, name: str, act: Any, *, again_after: dt.timedelta | None = None) -> None:
        mark = self.marks / name
        if mark.exists():
            made = dt.datetime.fromtimestamp(mark.stat().st_mtime, tz=dt.UTC)
            if again_after is None or clock.now() - made < again_after:
                return
        since = time.monotonic()
        act()
        mark.touch()
        self.stdout.write(f"{time.monotonic() - since:6.1f} s  {name}")

    def _synthesise(self, world: Path, events: int, people: int, months: int, seed: int) -> None:
        shutil.rmtree(world, ignore_errors=True)  # what a run that was cut off left
        call_command("synthesise", out=world, events=events, people=people, months=months, seed=seed)

    def _opt_outs(self, file: Path, **options: str) -> None:
        call_command(
            "load_opt_outs", str(file), *(f"--{name.replace('_', '-')}={text}" for name, text in options.items())
        )

    def _cast(self, providers: list[dict[str, str]]) -> None:
        """Organisations, accounts and parts; the list of accounts with their password goes into a private file."""
        digits = secret("demo").hex()
        password = "-".join(digits[place : place + 4] for place in (0, 4, 8))
        for body in BODIES:
            organisation = register(code=body.code, name=body.name, kind=body.kind, by=None)
            if body.assured and not organisation.assurances.exists():
                _assure(organisation)
        for provider in providers:
            register(code=provider["code"], name=provider["name"], kind=Organisation.Kind.PROVIDER, by=None)
        email, name = SUBMITTER
        encoded = make_password(password)  # slow on purpose, so once for all
        cast = [*PEOPLE, Person(email, name, body=providers[0]["code"], parts=("submitter",))]
        for person in cast:
            _introduce(person, password, encoded)
        accounts = [
            {
                "email": person.email,
                "name": person.name,
                "does": person.does,
                "body": person.body,
                "totp": _factor(person.email),
            }
            for person in cast
        ]
        file = self.marks / "accounts.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({"password": password, "accounts": accounts}, indent=1))


def _introduce(person: Person, password: str, encoded: str) -> None:
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = create_account(email=person.email, name=person.name, password=password, encoded=encoded, by=None)
    if not has_second_factor(user):
        enrol(user=user, secret=_factor(person.email), by=None)
    for role in person.roles:
        grant_role(user=user, role=role, by=None)
    if person.sits:
        seat, kind, independent = person.sits
        keep_member(person=user, seat=seat, kind=kind, independent=independent, by=None)
    if person.office:
        name_office(person=user, office=person.office, by=None)
    for part in person.parts:
        organisation = Organisation.objects.get(code=person.body)
        if not organisation.memberships.filter(user=user, role=part).exists():  # whoever left stays away
            add_member(organisation=organisation, user=user, role=part, starts_on=clock.today(), by=None)


def _factor(email: str) -> str:
    """The secret of the person's authenticator app, base32: made of the demonstration's, so always the same."""
    return base64.b32encode(hmac.digest(secret("demo"), f"totp:{email}".encode(), "sha1")).decode()


def _assure(organisation: Organisation) -> None:
    """A DSPT status, an ICO registration and a framework contract, good for a year."""
    expires_on = clock.today() + dt.timedelta(days=365)
    number = f"{int.from_bytes(organisation.code.encode()) % 1_000_000:06d}"
    for kind, reference, status in (
        (Assurance.Kind.DSPT, organisation.code, "Standards Met"),
        (Assurance.Kind.ICO, f"ZZ{number}", ""),
        (Assurance.Kind.FRAMEWORK_CONTRACT, f"CON-{number}-X4C5P-v2.0", ""),
    ):
        record_assurance(
            organisation=organisation,
            kind=kind,
            reference=reference,
            status=status,
            reviewed_on=clock.today() if kind == Assurance.Kind.DSPT else None,
            expires_on=expires_on,
            by=None,
        )
