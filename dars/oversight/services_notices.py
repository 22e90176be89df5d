"""Writes of notices about data, and of who took which file: what is revised or withdrawn reaches all who have it."""

import re

from django.db import transaction
from django.urls import reverse

from dars.accounts.public import User
from dars.agreements.public import Agreement
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.permissions import P, require
from dars.notices.public import notify
from dars.organisations.public import Organisation
from dars.oversight import people
from dars.oversight.models import Addressee, DataNotice, Download
from dars.oversight.rules import NOTICE, NoticeState, affected, looks_like_nhs_number

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@transaction.atomic
def note_download(
    *, agreement_id: int, package_id: int, file_id: int, user_id: int, file: str = "", data_version: str = ""
) -> Download:
    """Keeps that the person took the file; a notice that is open and fits it reaches them at once."""
    now = clock.now()
    agreement = Agreement.objects.get(pk=agreement_id)
    asked = agreement.spec_json
    row, _ = Download.objects.update_or_create(
        user_id=user_id,
        file_id=file_id,
        defaults={"last_at": now},
        create_defaults={
            "agreement": agreement,
            "package_id": package_id,
            "file": file,
            "data_version": data_version,
            "period_from": str(asked.get("period_from", "")),
            "period_to": str(asked.get("period_to", "")),
            "first_at": now,
            "last_at": now,
        },
    )
    for notice in DataNotice.objects.filter(state=NoticeState.ISSUED):
        if _fits(notice, row):
            _address(notice, [row])
    return row


@transaction.atomic
def issue(
    *, kind: str, words: str, data_version: str = "", month: str = "", agreement: str = "", file: str = "", by: User
) -> DataNotice:
    """A notice to everybody who took files that fit all that is named. Raises Invalid when nobody did."""
    require(by, P.DATA_NOTICE_ISSUE)
    if kind not in DataNotice.Kind.values:
        raise Invalid("Choose whether the data are revised or withdrawn.", field="kind", rule="known")
    if not words.strip():
        raise Invalid("Say what is wrong and what to do.", field="words", rule="required")
    if looks_like_nhs_number(words):
        raise Invalid("This holds ten digits like an NHS number. Take them out.", field="words", rule="nhs_number")
    if month and not _MONTH.fullmatch(month):
        raise Invalid("Enter a real month, like 4 2026.", field="month", rule="format")
    wanted = {"data_version": data_version, "month": month, "agreement": agreement, "file": file}
    if not any(wanted.values()):
        raise Invalid("Name the version, the month, the agreement or the file.", field="data_version", rule="required")
    notice = DataNotice(kind=kind, words=words.strip(), issued_by=by, issued_at=clock.now(), **wanted)
    taken = [row for row in _downloads(wanted) if _fits(notice, row)]
    if not taken:
        raise Invalid("Nobody has downloaded a file that fits this.", field="data_version", rule="nobody")
    notice.save()
    people_addressed = len({row.user_id for row in taken})
    record("data_notice.issued", by=by, subject=notice, kind=kind, addressed=people_addressed)
    _address(notice, taken)
    return notice


@transaction.atomic
def acknowledge(*, addressee: Addressee, by: User) -> Addressee:
    """The person it was sent to says that they have acted on it, or a signatory for somebody of the organisation."""
    rows = Addressee.objects.select_related("notice", "organisation")
    row = rows.select_for_update(of=("self",)).get(pk=addressee.pk)
    people.require_for(by, P.DATA_NOTICE_ACKNOWLEDGE, row.organisation)
    if row.user_id != by.pk and not people.may_for(by, P.ACCOUNT_GIVE, row.organisation):
        raise NotAllowed("This notice is for somebody else; only they or a signatory acknowledge it.")
    if row.acknowledged_at is not None:
        raise WrongState("This notice has been acknowledged already.")
    row.acknowledged_at, row.acknowledged_by = clock.now(), by
    row.save(update_fields=["acknowledged_at", "acknowledged_by"])
    record("data_notice.acknowledged", by=by, subject=row.notice, user=f"user:{row.user_id}")
    return row


@transaction.atomic
def close(*, notice: DataNotice, by: User) -> DataNotice:
    """Nobody is addressed or chased any more; the event tells how many had not acknowledged it."""
    require(by, P.DATA_NOTICE_ISSUE)
    row = DataNotice.objects.select_for_update().filter(pk=notice.pk).first()
    if row is None:
        raise NotFound("There is no such notice.")
    transition = NOTICE.get((NoticeState(row.state), NoticeState.CLOSED))
    if transition is None:
        raise WrongState("This notice has been closed already.")
    row.state, row.closed_at = NoticeState.CLOSED, clock.now()
    row.save(update_fields=["state", "closed_at"])
    outstanding = row.addressees.filter(acknowledged_at=None).count()
    record(transition.audit, by=by, subject=row, outstanding=outstanding)
    return row


def page_of(notice: DataNotice) -> str:
    """The notice's page."""
    return reverse("oversight:data-notice", args=[notice.pk])


def _downloads(wanted: dict[str, str]) -> list[Download]:
    rows = Download.objects.select_related("agreement", "user")
    if wanted["data_version"]:
        rows = rows.filter(data_version=wanted["data_version"])
    if wanted["agreement"]:
        rows = rows.filter(agreement__reference=wanted["agreement"])
    return list(rows)


def _fits(notice: DataNotice, row: Download) -> bool:
    wanted = {name: getattr(notice, name) for name in ("data_version", "month", "agreement", "file")}
    return affected(
        wanted=wanted,
        data_version=row.data_version,
        period_from=row.period_from,
        period_to=row.period_to,
        agreement=row.agreement.reference,
        file=row.file,
    )


def _address(notice: DataNotice, taken: list[Download]) -> None:
    files: dict[int, list[Download]] = {}
    for row in taken:
        files.setdefault(row.user_id, []).append(row)
    for user_id, rows in files.items():
        organisation = _organisation_of(rows[0])
        _, new = Addressee.objects.get_or_create(
            notice=notice,
            user_id=user_id,
            defaults={"organisation": organisation, "files": len(rows), "addressed_at": clock.now()},
        )
        if not new:
            continue
        record("data_notice.addressed", by=None, subject=notice, user=f"user:{user_id}")
        notify(
            people=[rows[0].user, *people.to_tell(organisation)],
            kind="data_notice.issued",
            subject=f"Data you hold: {notice.get_kind_display()}",
            text=f"{notice.words}\n\n{rows[0].user.name} downloaded files that this is about. Open the notice, do what "
            "it says, and acknowledge it.",
            link=page_of(notice),
            case=rows[0].agreement.application.reference,
        )


def _organisation_of(row: Download) -> Organisation:
    """The party for which the person took the file; that of the applicants where none can be told."""
    parties = [party.organisation for party in row.agreement.parties.select_related("organisation")]
    for organisation in parties:
        if organisation.memberships.filter(user=row.user_id, role="recipient").exists():
            return organisation
    return parties[0] if parties else row.agreement.application.organisation
