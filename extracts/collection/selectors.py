"""Reads about submissions: who may see which, and what a file is judged against."""

from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from dars.accounts.public import User
from dars.core import clock
from dars.core.errors import NotFound
from dars.core.permissions import P, allowed
from dars.organisations.public import Organisation, memberships_of
from extracts.collection import folders, publishing, reference, retention_terms
from extracts.collection.intake.refused import Refused
from extracts.collection.intake.rule import Setting
from extracts.collection.models import Erasure, Submission
from extracts.collection.reference import Organisations

FIRST_PERIOD = "2012-04"  # ISB 1577 came into force in April 2012


def providers_of(user: User) -> list[Organisation]:
    """The providers for which the person submits data today."""
    parts = memberships_of(user, role="submitter")
    return [part.organisation for part in parts if part.organisation.kind == Organisation.Kind.PROVIDER]


def visible_submissions(user: User) -> QuerySet[Submission]:
    """All for those with the right to see submissions; those of their own providers for submitters."""
    if allowed(user, P.SUBMISSION_VIEW):
        return Submission.objects.all()
    return Submission.objects.filter(provider__in=[provider.code for provider in providers_of(user)])


def names_of(codes: Collection[str]) -> dict[str, str]:
    """Names of providers by their codes, "Name (CODE)"; a code that nobody registered stands for itself. One query."""
    found = dict(Organisation.objects.filter(code__in=codes).values_list("code", "name"))
    return {code: f"{found[code]} ({code})" if code in found else code for code in codes}


def visible_submission(user: User, submission_id: int) -> Submission:
    """Raises NotFound where there is none that this person may know of."""
    submission = visible_submissions(user).filter(pk=submission_id).first()
    if submission is None:
        raise NotFound("There is no such submission.")
    return submission


def report_exists(submission: Submission) -> bool:
    return folders.report(submission.pk).exists()


def check_month(period: str) -> None:
    """Refuses a month for which there can be no submission. Opens no table, so that pages may ask."""
    if period > f"{clock.today():%Y-%m}":
        raise Refused("period.future", "The month of the submission has not begun.", field="period")
    if period < FIRST_PERIOD:
        message = "The information standard came into force in April 2012."
        raise Refused("period.before_standard", message, field="period")
    retention_terms.check_month("did", period)


def setting(provider: str, period: str, known: Organisations | None = None) -> Setting:
    """What a provider's file for a month is judged against. Refuses a wrong month or an unknown provider.

    `known`: the organisations, where the caller has them already.
    """
    check_month(period)
    known = known or known_organisations()
    if known.providers and provider not in known.providers:
        raise Refused("provider.unknown", "The provider is not in the organisation reference data.", field="provider")
    return Setting(provider, period, clock.today(), known.parents)


def known_organisations() -> Organisations:
    """The organisations of the reference data in use."""
    version = publishing.current()
    return reference.organisations(version.reference_version if version else None)


def key_stores(provider: str, *, other_than: Iterable[str]) -> list[str]:
    """The stores of keyed hashes of a provider's accepted months, without those of the named months."""
    accepted = Submission.objects.filter(provider=provider, state=Submission.State.ACCEPTED)
    return sorted(accepted.exclude(period__in=list(other_than)).values_list("keys", flat=True))


def erasures() -> QuerySet[Erasure]:
    """All erasures, newest first."""
    return Erasure.objects.select_related("data_version")


def erasure(erasure_id: int) -> Erasure:
    """Raises NotFound."""
    found = erasures().filter(pk=erasure_id).first()
    if found is None:
        raise NotFound("There is no such erasure.")
    return found
