"""What carries a case on from where it stands: the names of deeds, more often those that lead further."""

from dars.agreements.models import Agreement
from dars.organisations.models import Membership
from dars.oversight.models import Certificate, Confirmation, Incident
from dars.panels.models import AgendaItem, Condition, FirstApproval, Vote
from extracts.delivery.models import Package, RecipientKey
from extracts.production.models import Run
from tests.integration.walks.world import Scene

_FROM = {
    "draft": ["submit", "lengthen", "renew_instead"],
    "returned": ["answer", "submit", "submit", "lengthen"],
    "in_review": ["review", "review", "review", "review_and_return", "propose_change", "propose_precedent"],
    "short_route": ["approve", "approve", "pull_back", "refuse"],
    "refused": ["appeal"],
    "appealed": ["uphold", "uphold", "dismiss"],
    "withdrawn": ["days_pass"],
}
_OF_RUN = {
    "queued": ["work"],
    "prepared": ["work"],
    "written": ["clear_output", "clear_output", "clear_output", "hold_output"],
    "held": ["write_again"],
    "failed": ["retry_run"],
    "purged": ["days_pass"],
}
_AT_REST = [
    *[
        "download",
        "download",
        "ask_amendment",
        "ask_extension",
        "ask_renewal",
        "suspend",
        "end",
        "days_pass",
        "days_pass",
    ],
    *["report_incident", "open_audit", "issue_notice", "declare_interest", "leave"],
]
_TRUST = ("breach", "incident", "audit")  # two people lift a suspension for these: one is tried as well


def onward_from(scene: Scene) -> list[str]:
    state = scene.application.state
    if state == "with_panel":
        return _with_panel(scene)
    if state == "advised":
        return _advised(scene)
    return _approved(scene) if state == "approved" else _FROM[state]


def _with_panel(scene: Scene) -> list[str]:
    item = AgendaItem.objects.filter(application=scene.case, removed_at=None).select_related("meeting").last()
    if item is None or item.meeting.state in ("closed", "cancelled"):
        return ["plan"]
    if item.meeting.state == "planned":
        return ["open_meeting"]
    votes = Vote.objects.filter(application=scene.case, revision=scene.revision, set_aside_at=None).count()
    if votes < 4:
        return ["vote", "vote", "vote", "vote", "declare_interest", "note", "mark"]
    return ["advise", "advise", "advise", "vote", "declare_interest"]


def _advised(scene: Scene) -> list[str]:
    of = {"application": scene.case, "revision": scene.revision}
    if Condition.objects.filter(**of, due="decision", cleared_at=None).exists():
        return ["clear_condition"]
    if FirstApproval.objects.filter(**of).exists():
        return ["confirm_decision", "confirm_decision", "return_case", "refuse"]
    against = ["propose_against_advice", "confirm_against_advice"]
    return ["approve", "approve", "approve", "refuse", "return_case", "give_opinion", *against]


def _approved(scene: Scene) -> list[str]:
    agreement = Agreement.objects.filter(application=scene.case).last()
    if agreement is None:
        return ["days_pass"]
    if agreement.state == "issued":
        return ["sign", "sign", "sign", "work"]
    if agreement.state == "suspended":
        return ["propose_lift", "confirm_lift", "lift"] if agreement.state_reason in _TRUST else ["lift"]
    if agreement.state == "in_force":
        return _in_force(scene)
    certificate = Certificate.objects.filter(agreement=agreement).last()
    of_certificate = {"due": ["certify"], "returned": ["certify"]}
    of_certificate["submitted"] = ["accept_certificate", "accept_certificate", "return_certificate"]
    more = ["days_pass", "download", "ask_renewal"]
    return [*(of_certificate.get(certificate.state, []) if certificate else []), *more]


def _in_force(scene: Scene) -> list[str]:
    if Condition.objects.filter(application=scene.case, due="release", cleared_at=None).exists():
        return ["clear_condition", "work", "clear_output"]
    run = Run.objects.filter(agreement__application=scene.case).last()
    if run is not None and run.state in _OF_RUN:
        return _OF_RUN[run.state]
    package = Package.objects.filter(agreement__application=scene.case).last()
    if package is not None and package.state == "waiting":
        mine = set(RecipientKey.objects.filter(user=scene.side.recipient).values_list("state", flat=True))
        if "in_use" in mine:
            return ["pack", "pack", "pack", "days_pass"]
        return ["confirm_key", "confirm_key", "confirm_key", "refuse_key"] if "waiting" in mine else ["register_key"]
    found = list(_AT_REST)
    if not Membership.objects.filter(user=scene.side.recipient, role="recipient", ended_at=None).exists():
        found += ["download"] * 9  # whoever has left still has the address
    if Confirmation.objects.filter(agreement__application=scene.case, state="due").exists():
        found += ["confirm_year"] * 3
    if Incident.objects.filter(agreement__application=scene.case, state="reported").exists():
        found += ["assess_incident"] * 3
    return found
