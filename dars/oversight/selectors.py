"""Reads of what follows a release: who sees what, what keeps data from flowing, what waits for whom."""

import datetime as dt
from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Count, Model, Q, QuerySet

from dars.accounts.public import User
from dars.agreements.public import Agreement
from dars.core import clock, times
from dars.core.errors import NotFound
from dars.core.permissions import P, role_rights
from dars.organisations.public import Organisation, memberships_of
from dars.oversight.models import (
    Action,
    Addressee,
    Certificate,
    Confirmation,
    DataNotice,
    Incident,
    SharingAudit,
)
from dars.oversight.people import organisations_for, parts_with
from dars.oversight.rules import (
    ACKNOWLEDGE_WITHIN_DAYS,
    CONFIRMATION_BARS_AFTER_DAYS,
    ActionState,
    AuditState,
    CertificateState,
    ConfirmationState,
    IncidentState,
    NoticeState,
)

M = TypeVar("M", bound=Model)
OWED = (CertificateState.DUE, CertificateState.RETURNED)
UNSETTLED = (*OWED, CertificateState.SUBMITTED)


def oversees(user: User) -> bool:
    """True for colleagues who read everything that follows a release."""
    return P.OVERSIGHT_VIEW in role_rights(user)


def takes_part(user: User) -> bool:
    """True for colleagues who oversee, and for people of an organisation that may hold data."""
    return oversees(user) or memberships_of(user).exclude(role="submitter").exists()


def visible_to(user: User, rows: QuerySet[M]) -> QuerySet[M]:
    """Of rows that concern an organisation: all for colleagues who oversee, else those of the person's own today."""
    if oversees(user):
        return rows
    own = memberships_of(user).exclude(role="submitter").values("organisation")
    return rows.filter(organisation__in=own)


def certificates(user: User) -> QuerySet[Certificate]:
    """Those the person may read, by due date."""
    rows = Certificate.objects.select_related("agreement__application", "organisation")
    return visible_to(user, rows).order_by("due_on", "pk")


def confirmations(user: User) -> QuerySet[Confirmation]:
    """Those the person may read, the latest first."""
    rows = Confirmation.objects.select_related("agreement__application", "organisation", "signatory")
    return visible_to(user, rows).order_by("-due_on", "pk")


def audits(user: User) -> QuerySet[SharingAudit]:
    """Those the person may read."""
    rows = SharingAudit.objects.select_related("agreement", "organisation", "lead")
    return visible_to(user, rows)


def open_actions(audit: SharingAudit) -> QuerySet[Action]:
    """Those of the audit that are not closed yet."""
    return Action.objects.filter(finding__audit=audit).exclude(state=ActionState.CLOSED)


def actions(user: User) -> QuerySet[Action]:
    """Actions of audits whose report was sent, that the person may read."""
    rows = Action.objects.select_related("owner", "finding__audit__organisation").exclude(
        finding__audit__state=AuditState.PLANNED
    )
    return rows.filter(finding__audit__in=audits(user).values("pk"))


def incidents(user: User) -> QuerySet[Incident]:
    """Those the person may read."""
    rows = Incident.objects.select_related("agreement", "organisation", "reported_by", "assessed_by", "audit")
    return visible_to(user, rows)


def data_notices(user: User) -> QuerySet[DataNotice]:
    """All for colleagues who oversee, else those that were sent to somebody of the person's organisations."""
    rows = DataNotice.objects.select_related("issued_by").annotate(
        addressed=Count("addressees"),
        outstanding=Count("addressees", filter=Q(addressees__acknowledged_at=None)),
        late=Count("addressees", filter=late("addressees__")),
    )
    rows = rows.order_by("-issued_at", "-pk")
    if oversees(user):
        return rows
    return rows.filter(pk__in=addressees(user).values("notice"))


def late(path: str = "") -> Q:
    """Of people to whom notices went: those who have not acknowledged an open one in time. `path` ends in "__"."""
    before = clock.end_of(clock.today() - dt.timedelta(days=ACKNOWLEDGE_WITHIN_DAYS + 1))
    return Q(
        **{
            f"{path}acknowledged_at": None,
            f"{path}addressed_at__lt": before,
            f"{path}notice__state": NoticeState.ISSUED,
        }
    )


def addressees(user: User) -> QuerySet[Addressee]:
    """To whom notices went: all for colleagues who oversee, else of the person's own organisations."""
    rows = Addressee.objects.select_related("user", "organisation", "notice", "acknowledged_by")
    return visible_to(user, rows)


def find(rows: QuerySet[M], pk: int) -> M:
    """The row with this key among those the person may read; otherwise NotFound, as if there were none."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such page, or you may not see it.")
    return row


def to_acknowledge(user: User, rows: Iterable[Addressee]) -> set[int]:
    """The keys of those that the person may acknowledge: their own while they belong to the organisation, and those of
    organisations that they sign for. One query."""
    own = parts_with(P.DATA_NOTICE_ACKNOWLEDGE)
    parts = set(memberships_of(user).values_list("organisation", "role"))
    roles = {row.pk: own if row.user_id == user.pk else ["signatory"] for row in rows if row.acknowledged_at is None}
    return {row.pk for row in rows if any((row.organisation_id, role) in parts for role in roles.get(row.pk, ()))}


def agreements_to_audit() -> QuerySet[Agreement]:
    """Agreements under which data were released or may be."""
    return Agreement.objects.filter(in_force_at__isnull=False).order_by("-in_force_at", "-pk")


def agreements_of(organisations: list[Organisation]) -> QuerySet[Agreement]:
    """Agreements that bind one of the organisations and were in force once."""
    return agreements_to_audit().filter(parties__organisation__in=organisations).distinct()


# --- What keeps data from flowing ------------------------------------------------------------------------------------


def bars(agreement: Agreement) -> list[str]:
    """Why nothing is released or downloaded under the agreement: overdue certificates of its organisations (under any
    agreement of theirs), and a confirmation of any version of it that is late for longer than allowed. Both sides read
    this."""
    today = clock.today()
    parties = agreement.parties.values("organisation")
    late = Certificate.objects.filter(organisation__in=parties, state__in=OWED, due_on__lt=today)
    found = [
        f"{row.organisation.name} has not certified the destruction of the data of {row.agreement.reference}: that was "
        f"due on {times.day(row.due_on)}."
        for row in late.select_related("organisation", "agreement")
    ]
    until = today - dt.timedelta(days=CONFIRMATION_BARS_AFTER_DAYS)
    of_any_version = Confirmation.objects.filter(agreement__lineage=agreement.lineage_id)
    unconfirmed = of_any_version.filter(state=ConfirmationState.DUE, due_on__lt=until)
    return found + [
        f"{row.organisation.name} has not given the annual confirmation that was due on {times.day(row.due_on)}."
        for row in unconfirmed.select_related("organisation")
    ]


def release_bars(agreement: Agreement) -> list[str]:
    """Why nothing new is released although files may be had: a certificate of its organisations that is past its day
    and waits for a reviewer, also one that came in time. From its day on only an accepted one lets releases go on."""
    waiting = Certificate.objects.filter(
        organisation__in=agreement.parties.values("organisation"),
        state=CertificateState.SUBMITTED,
        due_on__lt=clock.today(),
    )
    return [
        f"The certificate that {row.organisation.name} has destroyed the data of {row.agreement.reference} was due on "
        f"{times.day(row.due_on)} and is under review. Nothing new is released to it until the certificate is accepted."
        for row in waiting.select_related("organisation", "agreement").order_by("pk")
    ]


# --- What waits for whom ---------------------------------------------------------------------------------------------


def waiting_for(user: User) -> list[tuple[str, str, int]]:
    """(label, name of the page, how many) of what the person has to do; nothing that is nought."""
    rights = role_rights(user)
    found: list[tuple[str, str, int]] = []

    def add(label: str, page: str, rows: QuerySet) -> None:
        number = rows.count()
        if number:
            found.append((label, page, number))

    if P.CERTIFICATE_REVIEW in rights:
        rows = Certificate.objects.filter(state=CertificateState.SUBMITTED)
        add("Certificates of destruction to review", "oversight:certificates", rows)
    if P.INCIDENT_TRIAGE in rights:
        rows = Incident.objects.filter(state=IncidentState.REPORTED)
        add("Reports of incidents to assess", "oversight:incidents", rows)
    if P.DATA_NOTICE_ISSUE in rights:
        add(
            "People who have not acknowledged a notice in time",
            "oversight:data-notices",
            Addressee.objects.filter(late()),
        )
    if P.AUDIT_CONDUCT in rights:
        rows = Action.objects.filter(state=ActionState.REPLIED)
        add("Replies to actions of audits to read", "oversight:audits", rows)
    signs_for = organisations_for(user, P.ACCOUNT_GIVE)
    if signs_for:
        rows = Certificate.objects.filter(organisation__in=signs_for, state__in=OWED)
        add("Certificates of destruction to submit", "oversight:certificates", rows)
        rows = Confirmation.objects.filter(organisation__in=signs_for, state=ConfirmationState.DUE)
        add("Annual confirmations to give", "oversight:confirmations", rows)
    own = memberships_of(user).values("organisation")
    answers_for = organisations_for(user, P.AUDIT_REPLY)
    rows = Action.objects.filter(state=ActionState.OPEN, finding__audit__state=AuditState.REPORTED)
    mine = Q(owner=user, finding__audit__organisation__in=own) | Q(finding__audit__organisation__in=answers_for)
    add("Actions of audits to reply to", "oversight:audits", rows.filter(mine))
    rows = Addressee.objects.filter(acknowledged_at=None, notice__state=NoticeState.ISSUED, organisation__in=own)
    add(
        "Notices about data to acknowledge",
        "oversight:data-notices",
        rows.filter(Q(user=user) | Q(organisation__in=signs_for)),
    )
    return found
