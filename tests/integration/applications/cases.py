"""Organisations, people and applications as the tests of this folder need them."""

import datetime as dt
import io
import struct
import zlib
from dataclasses import dataclass, field

from django.test import Client
from pypdf import PdfWriter

from dars.accounts.public import User
from dars.applications import attachment_files, posted, services
from dars.applications.models import Application, Attachment
from dars.applications.questions import merged
from dars.applications.sections import SECTIONS
from dars.core import clock
from dars.core.canonical import sha256_hex
from dars.organisations.public import Organisation, add_member, record_assurance, register
from deploy.local import examples
from tests.unit.dars.applications.answers import query

EVIDENCE_TITLE = "Letter of the committee"


@dataclass
class Side:
    """One organisation with its people by their part in it."""

    organisation: Organisation
    people: dict[str, User] = field(default_factory=dict)

    @property
    def applicant(self) -> User:
        return self.people["applicant"]


def person(name: str) -> User:
    return User.objects.create_user(email=f"{name}@example.org", name=name.replace(".", " ").title())


def join(user: User, organisation: Organisation, role: str) -> User:
    since = clock.today() - dt.timedelta(days=30)
    add_member(organisation=organisation, user=user, role=role, starts_on=since, by=None)
    return user


def make_side(code: str, name: str) -> Side:
    side = Side(register(code=code, name=name, kind="university", by=None))
    for role in ("applicant", "signatory", "recipient"):
        side.people[role] = join(person(f"{role}.{code.lower()}"), side.organisation, role)
    for kind in ("dspt", "ico", "framework_contract"):
        record_assurance(
            organisation=side.organisation,
            kind=kind,
            reference=f"{kind}-{code}",
            expires_on=clock.today() + dt.timedelta(days=300),
            status="Standards Met",
            by=None,
        )
    return side


def example(side: Side, kind: str = "lung_cancer_study") -> examples.Example:
    return getattr(examples, kind)(
        organisation=side.organisation.code,
        recipients=[side.people["recipient"].email],
        signatories=[side.people["signatory"].email],
        starts=clock.today() + dt.timedelta(days=14),
    )


def start(side: Side) -> Application:
    """A new application without answers."""
    return services.create_application(
        organisation=side.organisation, title=examples.LUNG_CANCER_TITLE, by=side.applicant
    )


def fill(application: Application, side: Side, kind: str = "lung_cancer_study") -> Application:
    """Gives the application every answer of an example at once."""
    answers = example(side, kind)
    people = {user.email: user.pk for user in side.people.values()}
    for key in answers:
        given = posted.read(SECTIONS[key], query(examples.form_data(key, answers)), people)
        application.answers = merged(application.answers, SECTIONS[key], given)
    application.save(update_fields=["answers"])
    give_evidence(application, side.applicant)
    return application


def give_evidence(application: Application, by: User) -> None:
    """The documents that the examples' answers promise, found clean."""
    have = set(application.attachments.filter(removed_at=None).values_list("section", "question"))
    for section, question in set(examples.EVIDENCE) - have:
        Attachment.objects.create(
            application=application,
            section=section,
            question=question,
            title=EVIDENCE_TITLE,
            kind="pdf",
            size=len(a_pdf()),
            sha256=sha256_hex(a_pdf()),
            stored=attachment_files.store(a_pdf()),
            state="clean",
            scanner="none",
            uploaded_by=by,
            uploaded_at=clock.now(),
        )


def a_pdf(words: str = "A letter") -> bytes:
    """A small PDF of one page."""
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.metadata = {"/Title": words}
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def a_png(width: int = 40, height: int = 20) -> bytes:
    """A small picture of one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    rows = b"".join(b"\0" + b"\xc8\x1e\x1e" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def hand_in(side: Side, *example: str) -> Application:
    """A whole application of the side, as it stands after it was submitted and screened; `example` as for `fill`."""
    application = fill(start(side), side, *example)
    services.submit(application=application, by=side.applicant)
    application.refresh_from_db()
    return application
