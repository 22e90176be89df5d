"""Signs agreements as their people do, with a code that is right whenever it is asked for."""

from dars.accounts.models import SecondFactorGuard
from dars.accounts.public import User
from dars.agreements import services
from dars.agreements.models import Agreement
from tests.integration.accounts import factors


def code_for(user: User) -> str:
    """A code of the person's second factor, which is set up if there is none; the last one counts as not used."""
    factors.enrolled(user)
    SecondFactorGuard.objects.filter(user=user).update(last_step=0)
    return factors.code()


def sign(agreement: Agreement, by: User, typed_name: str | None = None) -> Agreement:
    name = by.name if typed_name is None else typed_name
    sha256 = agreement.document_sha256
    return services.sign(agreement=agreement, typed_name=name, document_sha256=sha256, code=code_for(by), by=by)


def sign_all(agreement: Agreement) -> Agreement:
    """Every signature that is awaited."""
    for person in User.objects.filter(pk__in=agreement.signatures.filter(signed_at=None).values("signatory")):
        agreement = sign(agreement, person)
    return agreement
