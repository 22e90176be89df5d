"""The jobs of panels: papers of a meeting, and letters of decisions. Thin; repeated, they do nothing twice."""

from dars.core.tasks import job
from dars.panels import letters, services_papers


@job(name="panels.make_pack")
def make_pack(pack_id: int) -> None:
    """Makes the papers of a meeting."""
    services_papers.make(pack_id)


@job(name="panels.write_letter")
def write_letter(decision_id: int) -> None:
    """Typesets the letter of a decision."""
    letters.write(decision_id)
