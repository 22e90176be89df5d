"""A small collected world for tests of production and delivery: real tables, vault and agreements, made-up people.

Its files are written once for each test process; the rows that make them count, for each test.
"""

import datetime as dt
import random
import shutil
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pyrage
from django.conf import settings

from dars.accounts.public import User, grant_role
from dars.agreements.models import Agreement, Party, Recipient
from dars.applications.models import Application
from dars.core import clock, outbox
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from dars.organisations.public import Organisation, add_member, record_assurance, register
from extracts.catalogue.public import DATASETS, REFERENCE_TABLES, ExtractSpec, compile_spec
from extracts.collection import opt_outs, tables, vault
from extracts.collection.models import DataVersion, ReferenceVersion
from extracts.delivery import key_services
from extracts.delivery.models import RecipientKey
from extracts.engine.sql import PERSON_MAP
from extracts.production import services, services_output, work
from extracts.production.models import Run
from tests.integration.agreements.signing import code_for
from tests.unit.extracts.engine.specs import lung_cancer_answers
from tests.unit.extracts.engine.world import ARROW, GEOGRAPHY, ORGANISATIONS, PRACTICES, a_world

PEOPLE = 60
WITH_LUNG_CANCER = 30
SENTINEL = "9990000018"  # the NHS number of person 1, who has lung cancer; never to be seen anywhere
SENTINEL_POSTCODE = "QA1 2BC"
YEAR = dt.timedelta(days=365)


def collected() -> DataVersion:
    """The current version of the data: 60 people, half of them with lung cancer, with X-rays and hospital stays."""
    written = _files()
    reference = ReferenceVersion.objects.create(
        label="r000001", tables=written["reference"], sources={}, created_at=clock.now()
    )
    return DataVersion.objects.create(
        label="v000001",
        versions={name: written[name] for name in ("did", "hes_apc", "cancer")},
        did_latest_period="2026-05",
        tuple_files=[written["tuples"]],
        person_map=written["person_map"],
        reference_version=reference,
        created_at=clock.now(),
    )


class FilesOfRuns:
    """What runs have left on the disk until now, kept aside: a module's tests begin with it again and again."""

    def __init__(self, aside: Path) -> None:
        self._aside = aside
        for name, root in self._roots().items():
            if root.is_dir():
                shutil.copytree(root, aside / name)

    def put_back(self) -> None:
        """As they were, and nothing else: what a test wrote there, changed or destroyed is undone."""
        for name, root in self._roots().items():
            shutil.rmtree(root, ignore_errors=True)
            if (self._aside / name).is_dir():
                shutil.copytree(self._aside / name, root)

    @staticmethod
    def _roots() -> dict[str, Path]:
        """Where it is now: tests may have folders of their own."""
        return {
            "files": Path(settings.STAGING_ROOT) / "runs",
            "digests": Path(settings.DATA_ROOT) / "digests",
            "given": Path(settings.VAULT_ROOT) / "given",
        }


@dataclass(frozen=True)
class Case:
    """An agreement with one recipient who may have a key."""

    organisation: Organisation
    recipient: User
    agreement: Agreement
    identity: pyrage.x25519.Identity

    @property
    def public_key(self) -> str:
        return str(self.identity.to_public())

    def __deepcopy__(self, memo: dict[int, Any]) -> "Case":
        """The rows are copied; a key never changes."""
        rows = {name: deepcopy(getattr(self, name), memo) for name in ("organisation", "recipient", "agreement")}
        return replace(self, **rows)

    def set(self, **values: Any) -> None:
        """Changes the agreement as its own services would, without their conditions."""
        Agreement.objects.filter(pk=self.agreement.pk).update(**values)


def agreed(code: str = "U01", *, in_force: bool = True, **changes: Any) -> Case:
    """A university's agreement for lung cancer data; `changes` replace entries of the answers about data."""
    organisation = register(code=code, name=f"University {code}", kind="university", by=None)
    for kind, status in (("dspt", "Standards Met"), ("ico", ""), ("framework_contract", "")):
        expires_on = clock.today() + YEAR
        record_assurance(
            organisation=organisation, kind=kind, reference="A1", status=status, expires_on=expires_on, by=None
        )
    recipient = User.objects.create_user(email=f"recipient@{code}.example".lower(), name=f"Recipient at {code}")
    add_member(organisation=organisation, user=recipient, role="recipient", starts_on=clock.today(), by=None)
    number = Application.objects.count() + 1
    application = Application.objects.create(
        reference=f"DARS-NIC-{number:06}-A1B2C",
        organisation=organisation,
        title="Lung cancer",
        created_by=recipient,
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    spec = specification(application.reference, **changes)
    agreement = Agreement.objects.create(
        reference=f"{application.reference}-v1.0",
        application=application,
        lineage=application,
        revision=1,
        spec_json=spec.to_json(),
        spec_sha256=spec.sha256,
        document=[],
        document_sha256="0" * 64,
        starts_on=clock.today(),
        ends_on=clock.today() + YEAR,
        state="in_force" if in_force else "issued",
        in_force_at=clock.now() if in_force else None,
        created_at=clock.now(),
    )
    Party.objects.create(agreement=agreement, organisation=organisation, part=Party.Part.CONTROLLER)
    Recipient.objects.create(agreement=agreement, user=recipient)
    return Case(organisation, recipient, agreement, pyrage.x25519.Identity.generate())


def specification(reference: str, *, basis: str = "not_confidential", **changes: Any) -> ExtractSpec:
    """The lung cancer extract of the seeds, in CSV and Parquet."""
    answers = lung_cancer_answers()
    answers["data"] |= changes
    answers["confidentiality"]["basis"] = basis
    return compile_spec(answers, reference, 1)


def person(role: Role) -> User:
    """A colleague with a role."""
    user = User.objects.create_user(email=f"{role.value}@example.org", name=role.label)
    grant_role(user=user, role=role, by=None)
    return user


def opts_out() -> None:
    """Person 1 opts out directly."""
    officer = person(Role.OPT_OUT_OFFICER)
    opt_outs.record(nhs_number=SENTINEL, received_on=clock.today(), channel="letter", by=officer)


def register_key(*, public_key: str, by: User) -> RecipientKey:
    """The person's key, registered with a code of their second factor and confirmed by a colleague of the service."""
    key = key_services.register_key(public_key=public_key, code=code_for(by), by=by)
    return confirm_key(key, by=colleague("keys@example.org"))


def confirm_key(key: RecipientKey, *, by: User) -> RecipientKey:
    """As somebody who has heard the fingerprint on the telephone."""
    return key_services.confirm_key(key_id=key.pk, compared="telephone", code=code_for(by), by=by)


def colleague(email: str) -> User:
    """A member of data production staff."""
    found = User.objects.filter(email=email).first()
    if found is None:
        found = User.objects.create_user(email=email, name=email.partition("@")[0].title())
        grant_role(user=found, role=Role.PRODUCTION_STAFF, by=None)
    return found


def cleared(run_id: int) -> User:
    """The output of a written run is cleared by a colleague who did not produce it."""
    checker = colleague("checker@example.org")
    run = Run.objects.get(pk=run_id)
    services_output.clear(run_id=run.pk, attempt=run.lease_token, acceptance="The contract forbids it.", by=checker)
    return checker


def extract_of(case: Case) -> Run:
    """The run of the case's agreement, written and cleared."""
    run = services.want(agreement_id=case.agreement.pk)
    work.work(run.pk)
    work.work(run.pk)
    cleared(run.pk)
    return run


def deliver_events_of(topic: str) -> None:
    """Lets the consumers of the topic's open events act, here and now."""
    for event in OutboxEvent.objects.filter(topic=topic, done_at=None).order_by("pk"):
        outbox.deliver(event.pk)


@cache
def _files() -> dict[str, Any]:
    """Writes tables and vault files; the versions and names that a DataVersion gives them."""
    pick, example = random.Random(7), a_world()
    models = {"did": example.did[0], "cancer": example.cancer[0], "hes_apc": example.hes_apc[0]}
    rows: dict[str, list[dict]] = {name: [] for name in models}
    people = []
    for number in range(1, PEOPLE + 1):
        for place, (name, model) in enumerate(models.items()):
            tuple_id = 10 * number + place
            rank = None if name == "did" else pick.randrange(1, 9)
            people.append({"dataset": name, "tuple_id": tuple_id, "person_id": number, "match_rank": rank})
            for _ in range(pick.randrange(1, 4)):
                row = {**model, "record_key": len(rows[name]) + 1, "tuple_id": tuple_id}
                row["period"] = pick.choice(("2026-04", "2026-05"))
                if name == "cancer" and number > WITH_LUNG_CANCER:
                    row["site_icd10"] = "C50.9"
                rows[name].append(row)
    versions = {name: _delta(name, (("period", "str"), *DATASETS[name].columns), found) for name, found in rows.items()}
    references = {"geography": GEOGRAPHY, "practices": PRACTICES, "organisations": ORGANISATIONS}
    versions["reference"] = {name: _delta(name, REFERENCE_TABLES[name], found) for name, found in references.items()}
    identifiers = [_identifiers(entry) for entry in people]
    return {
        **versions,
        "person_map": _vault("person_map/v000001.parquet", PERSON_MAP, people, highest_person_id=str(PEOPLE)),
        "tuples": _vault("tuples/1-602-aaaaaaaa.parquet", REFERENCE_TABLES["tuples"], identifiers),
    }


def _identifiers(entry: dict) -> dict:
    return {
        "tuple_id": entry["tuple_id"],
        "nhs_number": SENTINEL if entry["person_id"] == 1 else None,
        "birth_date": dt.date(1960, 1, 1) + dt.timedelta(days=entry["person_id"]),
        "sex": "2",
        "postcode": SENTINEL_POSTCODE,
    }


def _arrow(columns, rows: list[dict]) -> pa.Table:
    return pa.table({name: pa.array([row.get(name) for row in rows], ARROW[kind]) for name, kind in columns})


def _delta(name: str, columns, rows: list[dict]) -> int:
    months = sorted({row.get("period", "") for row in rows})
    with duckdb.connect() as con:
        con.register("given", _arrow(columns, rows))
        of_month = {month: f"FROM given WHERE period = '{month}'" for month in months if month}
        queries = {month: f"SELECT * EXCLUDE (period) {query}" for month, query in of_month.items()}
        return tables.replace(name, con, queries or {"": "FROM given"}, base=None)


def _vault(name: str, columns, rows: list[dict], **metadata: str) -> str:
    vault.root()
    pq.write_table(_arrow(columns, rows).replace_schema_metadata(metadata), vault.path(name))
    return name
