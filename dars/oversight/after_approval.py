"""The stage of a case whose agreement is over, told from the certificates of destruction that are owed. Reads only."""

from dars.applications.public import DATA_STEP, After, Application
from dars.core import clock
from dars.oversight.models import Certificate
from dars.oversight.rules import CertificateState

_OWED = (CertificateState.DUE, CertificateState.RETURNED)


def after_approval(application: Application) -> After | None:
    """What is owed of the data; None while no certificate is."""
    found = Certificate.objects.filter(agreement__application=application).exclude(state=CertificateState.NOT_NEEDED)
    rows = list(found.select_related("organisation").order_by("due_on", "pk"))
    if not rows:
        return None
    owed = [row for row in rows if row.state in _OWED]
    if owed:
        words = "The agreement is over. The data must be destroyed, and a signatory certifies it."
        who = ", ".join(dict.fromkeys(f"{row.organisation.name}" for row in owed))
        note = "the certificate of destruction; until it is accepted no new data are released to the organisation"
        day = owed[0].due_on
        return After(DATA_STEP, who, words, words, due=day, note=note, binding=True, word="Ended")
    if any(row.state == CertificateState.SUBMITTED for row in rows):
        words = "The agreement is over. A certificate of destruction has been sent, and is reviewed."
        if any(row.state == CertificateState.SUBMITTED and row.due_on < clock.today() for row in rows):
            words += " Until it is accepted, nothing new is released to the organisation."
        return After(DATA_STEP, "A reviewer of the service", words, words, word="Ended")
    words = "The agreement is over, and the destruction of the data is certified. Nothing is left to do."
    return After(DATA_STEP, "", words, words, word="Ended")
