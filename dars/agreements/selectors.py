"""Reads of agreements: what one allows, and whether it allows it on a given day. Changes nothing."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet

from dars.accounts.public import User
from dars.agreements.models import Agreement, Paper, Party, Signature
from dars.agreements.rules import FINAL, Kind, State, covers, why_not_live
from dars.applications.public import is_of_applicants_team, may_edit
from dars.core import clock
from dars.core.errors import NotFound, WrongState
from dars.core.permissions import P, allowed, role_rights, visible
from dars.core.roles import ROLES
from dars.organisations.public import Organisation, is_member, members, memberships_of, stopped
from dars.panels.public import Part, closed_to, open_before_release, why_not
from extracts.catalogue.public import IDENTIFIABLE, canonical_json, sha256_hex


@dataclass(frozen=True)
class Terms:
    """What production and delivery need of an agreement. `recipients` are user ids; `state` as stored."""

    agreement_id: int
    reference: str
    application_reference: str
    spec_json: dict[str, Any]
    spec_sha256: str
    starts_on: dt.date
    ends_on: dt.date
    recipients: list[int]
    controller_code: str
    state: str
    pseudonyms_of: int  # the agreement whose key its pseudonyms are made with: the first version, as a rule


def terms(agreement_id: int) -> Terms:
    """The terms, whether or not they hold today. Raises NotFound; WrongState if the specification was altered."""
    return _terms(_agreement(agreement_id))


def live_terms(agreement_id: int, *, on: dt.date | None = None) -> Terms:
    """The terms if anything new may be made or released under them on that day of London's (today if none is given).

    Raises WrongState with every reason against it: its state, its dates, assurances of its organisations that
    have lapsed, and stops after a lapse that nobody has lifted. Dates are asked here each time, so that a lapse counts
    from its first minute whether or not a job has run. So are recipients: whoever has left the party that named them
    is not in `recipients`.
    """
    agreement = _agreement(agreement_id)
    return _live(agreement, [*reasons_against(agreement, on=on), *reasons_against_release(agreement)])


def _live(agreement: Agreement, reasons: list[str]) -> Terms:
    if reasons:
        raise WrongState(" ".join(reasons), rule="agreement_not_live")
    found = _terms(agreement)
    return replace(found, recipients=_still_recipients(agreement, found.recipients))


def terms_for_files(agreement_id: int) -> Terms:
    """The terms under which files that were released under the agreement may be had now.

    Those of the agreement itself; once it was superseded, those of the version that took its place. Raises WrongState
    with the reason where that does not let data flow, or no longer allows all that the files hold. What holds up new
    releases alone does not keep files from those who may have them.
    """
    released = _agreement(agreement_id)
    today = _in_its_place(released)
    live = _live(_agreement(today.pk), reasons_against(today))
    if today.pk != released.pk and not covers(today.spec_json, released.spec_json):
        raise WrongState(
            f"{today.reference} no longer allows all that the files of {released.reference} hold.",
            rule="files_not_covered",
        )
    return live


def _in_its_place(agreement: Agreement) -> Agreement:
    """The version that was in force last, of a superseded one; otherwise the agreement itself."""
    if agreement.state != State.SUPERSEDED:
        return agreement
    return latest_binding(agreement.lineage_id) or agreement


def latest_binding(lineage_id: int) -> Agreement | None:
    """The version of an agreement that came into force last, whatever has become of it; None before the first did."""
    versions = Agreement.objects.select_related("application__organisation", "keyed_as", "lineage")
    return versions.filter(lineage=lineage_id, in_force_at__isnull=False).order_by("-in_force_at", "-pk").first()


def term_of(agreement: Agreement) -> list[Agreement]:
    """The versions under which its term has run, oldest first: from the new or renewed one that began it, to this one.

    One query. Amendments and extensions change the terms and begin no new one.
    """
    rows = Agreement.objects.filter(lineage=agreement.lineage_id).defer("document", "spec_json")
    versions = {row.pk: row for row in rows}
    found = [versions[agreement.pk]]
    while found[0].kind not in (Kind.NEW, Kind.RENEWAL):
        found.insert(0, versions[found[0].supersedes_id])
    return found


def highest_version(lineage_id: int) -> tuple[int, int]:
    """(major, minor) of the highest version that was issued. Raises LookupError if there is none."""
    highest = Agreement.objects.filter(lineage=lineage_id).order_by("-major", "-minor").first()
    if highest is None:
        raise LookupError("no version has been issued")
    return highest.major, highest.minor


def versions_of(agreement: Agreement, *, user: User) -> QuerySet[Agreement]:
    """Every version of the agreement that the person may read, newest first."""
    return visible_to(user).filter(lineage=agreement.lineage_id).order_by("-major", "-minor")


Bar = Callable[[Agreement], list[str]]
_bars: list[Bar] = []
_release_bars: list[Bar] = []


def register_bar(bar: Bar, *, releases_only: bool = False) -> None:
    """From an app's `ready`: asked for reasons that keep data from flowing, each time that terms are asked for.

    Plain sentences that both sides may read; an empty list where there is none. It must not be slow. releases_only:
    what was released before may be downloaded all the same.
    """
    (_release_bars if releases_only else _bars).append(bar)


def paper(agreement: Agreement, kind: str) -> Paper:
    """The stored PDF. Raises NotFound where there is none: the signed copy is made when the last signature is given."""
    found = agreement.papers.select_related("agreement__application").filter(kind=kind).first()
    if found is None:
        raise NotFound("There is no such paper of this agreement yet.")
    return found


# --- Signatories -----------------------------------------------------------------------------------------------------


def may_sign_for(person: User, organisation: Organisation | None) -> bool:
    """Whether the person may sign for the party today; None: for the body that disseminates the data."""
    if organisation is None:
        return allowed(person, P.CASE_DECIDE)
    return is_member(person, organisation, role="signatory")


def may_replace(person: User, agreement: Agreement, place: Signature) -> bool:
    """Whether the person may name another signatory: the applicants' team and reviewers who are not of it for an
    organisation, approvers who are not of it for the body that disseminates the data. Nobody to whom the case is
    closed."""
    if closed_to(person).filter(pk=agreement.application_id).exists():
        return False
    outside = not is_of_applicants_team(person, agreement.application)
    if place.organisation_id is None:
        return allowed(person, P.CASE_DECIDE) and outside
    return may_edit(person, agreement.application) or (allowed(person, P.APPLICATION_REVIEW) and outside)


def replacements(agreement: Agreement, place: Signature) -> QuerySet[User]:
    """Who may be named: signatories of the same organisation, or approvers who may decide this case; nobody twice."""
    named = agreement.signatures.filter(organisation=place.organisation_id).values("signatory")
    if place.organisation is not None:
        return members(place.organisation, role="signatory").exclude(pk__in=named)
    roles = [role.value for role, rights in ROLES.items() if P.CASE_DECIDE in rights]
    approvers = User.objects.filter(groups__name__in=roles, is_active=True).exclude(pk__in=named)
    free = [person.pk for person in approvers.distinct() if not why_not(Part.DECIDE, person, agreement.application)]
    return User.objects.filter(pk__in=free)


def _still_recipients(agreement: Agreement, named: list[int]) -> list[int]:
    """Those of the named recipients who have an account and are recipients at a party today."""
    parties = [agreement.application.organisation, *(party.organisation for party in _parties(agreement))]
    today = {person.pk for party in parties for person in members(party, role="recipient")}
    return [person for person in named if person in today]


def _parties(agreement: Agreement) -> QuerySet[Party]:
    return agreement.parties.select_related("organisation")


def reasons_against(agreement: Agreement, *, on: dt.date | None = None) -> list[str]:
    """Why no data may flow under the agreement on that day, in plain sentences; empty if they may."""
    day = on or clock.today()
    reasons = why_not_live(
        agreement.reference,
        agreement.state,
        agreement.state_reason,
        agreement.starts_on,
        agreement.ends_on,
        day,
    )
    identifiable = agreement.spec_json.get("identifiability") == IDENTIFIABLE
    for party in _parties(agreement).prefetch_related("organisation__assurances", "organisation__stops"):
        reasons += stopped(party.organisation, on=day, part=party.part, identifiable=identifiable)
    for words in open_before_release(agreement.application, agreement.revision):
        reasons.append(f"A condition of the panel has not been met yet: {words}")
    for bar in _bars:
        reasons += bar(agreement)
    return list(dict.fromkeys(reasons))


def reasons_against_release(agreement: Agreement) -> list[str]:
    """Why nothing new is made or released under the agreement today, where files released before may be had."""
    return list(dict.fromkeys(words for bar in _release_bars for words in bar(agreement)))


def holds_identifiable(organisation: Organisation) -> bool:
    """Whether a version that is not over binds the organisation and allows identifiable data."""
    over = [state for state in State if state in FINAL]
    bound = Agreement.objects.filter(parties__organisation=organisation).exclude(state__in=over)
    return bound.filter(spec_json__identifiability=IDENTIFIABLE).exists()


def visible_to(user: User) -> QuerySet[Agreement]:
    """The agreements that the person may read: all by role; by a right of their own while they belong to a party."""
    rows = Agreement.objects.select_related("application", "application__organisation")
    agreements = visible(user, P.AGREEMENT_VIEW, rows)
    if P.AGREEMENT_VIEW in role_rights(user):
        return agreements
    own = list(memberships_of(user).values_list("organisation", flat=True))
    bound = Party.objects.filter(organisation__in=own).values("agreement")
    return agreements.filter(Q(pk__in=bound) | Q(application__organisation__in=own))


def get(reference: str, *, user: User) -> Agreement:
    """The agreement if the person may read it; otherwise NotFound, as if there were none."""
    agreement = visible_to(user).filter(reference=reference).first()
    if agreement is None:
        raise NotFound("There is no such agreement, or you may not see it.")
    return agreement


def for_application(application_id: int) -> Agreement | None:
    """The latest agreement of the application, or None before its approval."""
    return Agreement.objects.filter(application=application_id).order_by("-revision").first()


def _agreement(agreement_id: int) -> Agreement:
    agreement = (
        Agreement.objects.select_related("application", "application__organisation").filter(pk=agreement_id).first()
    )
    if agreement is None:
        raise NotFound("There is no such agreement.")
    return agreement


def _terms(agreement: Agreement) -> Terms:
    if sha256_hex(canonical_json(agreement.spec_json)) != agreement.spec_sha256:
        raise WrongState(f"The specification of {agreement.reference} differs from the one approved.", rule="spec_hash")
    controller = _parties(agreement).filter(part=Party.Part.CONTROLLER).first()
    return Terms(
        agreement_id=agreement.pk,
        reference=agreement.reference,
        application_reference=agreement.application.reference,
        spec_json=agreement.spec_json,
        spec_sha256=agreement.spec_sha256,
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
        recipients=list(agreement.recipients.values_list("user", flat=True)),
        controller_code=controller.organisation.code if controller else "",
        state=agreement.state,
        pseudonyms_of=agreement.keyed_as_id or agreement.pk,
    )
