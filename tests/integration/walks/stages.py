"""Where a walk can begin: cases that the services themselves have brought so far, each by the deeds of its way."""

import datetime as dt
from collections.abc import Collection

from dars.applications import services
from dars.audit.services import sequence
from tests.integration.walks.deeds import DEEDS, keep_calendar
from tests.integration.walks.world import TERM_DAYS, Scene, World, deliver

# A step: the deed; the place of who does it among those whose turn it is; the number by which they do it.
Step = tuple[str, int, int]

_PLANNED = [("submit", 0, 0), ("review", 0, 0), ("plan", 0, 0)]
_IN_SESSION = [*_PLANNED, ("open_meeting", 0, 0)]


def _voted(n: int) -> list[Step]:
    return [*_IN_SESSION, *(("vote", member, n) for member in range(4))]


_ADVISED = [*_voted(0), ("advise", 0, 0), ("close_meeting", 0, 0)]
_SIGNED = [*_ADVISED, ("approve", 0, 0), ("sign", 0, 0), ("sign", 0, 0)]
_KEY = [("register_key", 0, 0), ("confirm_key", 0, 0)]
_RELEASED = [
    *_SIGNED,
    ("work", 0, 0),
    ("work", 0, 0),
    ("clear_output", 0, 0),
    *_KEY,
    ("pack", 0, 0),
    ("download", 0, 0),
]
# Identifiable data, by a power that does not ask for consent; the assessment of their security was reviewed.
_IDENTIFIABLE = (
    ("data", (("identifiability", "identifiable"),)),
    ("legal", (("dissemination", "copi_3"),)),
)

# The cases that are made once, before the walks: how each came so far.
BASES: dict[str, list[Step]] = {
    "draft": [],
    "reviewed": _PLANNED,
    "voted": _voted(0),
    "opposed": [*_voted(3), ("advise", 0, 0)],
    "conditions": [*_voted(2), ("advise", 0, 1)],
    "conditional": [*_voted(2), ("advise", 0, 2)],
    "two": [*_voted(0), ("advise", 0, 0)],
    "advised": _ADVISED,
    "signed": _SIGNED,
    "released": _RELEASED,
    "rival": [*_SIGNED, ("work", 0, 0), ("work", 0, 0), ("clear_output", 0, 0)],
}
_AUDITED = [("open_audit", 0, 0), ("find", 0, 0), ("report_audit", 0, 0)]
_LATER = ("lengthen", 0, 0)
# Where a walk can begin: at a base, a few steps on, so many days later.
STAGES: dict[str, tuple[str, list[Step], int]] = {
    **{base: (base, [], 0) for base in BASES},
    "in_review": ("draft", [("submit", 0, 0)], 0),
    "returned": ("draft", [("submit", 0, 0), ("review_and_return", 0, 0)], 0),
    "in_session": ("reviewed", [("open_meeting", 0, 0), ("vote", 0, 0)], 0),
    "short_route": (
        "draft",
        [("record_precedent", 0, 0), ("confirm_precedent", 0, 0), ("submit", 0, 0), ("propose_precedent", 0, 0)],
        0,
    ),
    "first_of_two": ("two", [("approve", 0, 0)], 0),
    "against_advice": ("opposed", [("propose_against_advice", 0, 0)], 0),
    "refused": ("advised", [("refuse", 0, 0)], 0),
    "appealed": ("advised", [("refuse", 0, 0), ("appeal", 0, 0)], 0),
    "issued": ("advised", [("approve", 0, 0)], 0),
    "written": ("signed", [("work", 0, 0), ("work", 0, 0)], 0),
    "held": ("signed", [("work", 0, 0), ("work", 0, 0), ("hold_output", 0, 0)], 0),
    "failed": ("signed", [("fail_run", 0, 0)], 0),
    "unconfirmed": ("rival", [("register_key", 0, 0)], 0),
    "packing": ("rival", _KEY, 0),
    "unpacked": ("rival", [*_KEY, *[("pack_badly", 0, 0)] * 5], 0),
    "suspended": ("released", [("suspend", 1, 1)], 0),
    "breach": ("released", [("suspend", 1, 0), ("propose_lift", 1, 0)], 0),
    "amending": ("released", [("ask_amendment", 0, 0)], 0),
    "over": ("released", [("end", 1, 0)], 0),
    "certified": ("released", [("end", 1, 0), ("certify", 0, 0)], 0),
    "overdue": ("released", [("end", 1, 0)], 31),
    "owing": ("rival", [*_KEY, ("pack", 0, 0), ("end", 1, 0)], 31),
    "a_year_on": ("released", [], 340),
    "expired": ("released", [], TERM_DAYS + 1),
    "incident": ("released", [("report_incident", 0, 0)], 0),
    "audited": ("released", _AUDITED, 0),
    "notified": ("released", [("issue_notice", 0, 0)], 0),
    "release_condition": (
        "conditional",
        [("close_meeting", 0, 0), ("approve", 0, 0), ("sign", 0, 0), ("sign", 0, 0), ("work", 0, 0)],
        0,
    ),
    "unsigned": ("advised", [("approve", 0, 0), ("work", 0, 0)], 0),
    "blocked": ("rival", [*_KEY, ("suspend", 1, 1)], 0),
    "to_panel": ("draft", [("submit", 0, 0), ("review", 0, 0)], 0),
    "commented": ("draft", [("submit", 0, 0), ("comment", 0, 0)], 0),
    "settled": ("draft", [("record_precedent", 0, 0)], 0),
    "fitting": ("draft", [("record_precedent", 0, 0), ("confirm_precedent", 0, 0), ("submit", 0, 0)], 0),
    "minuted": ("advised", [("confirm_minutes", 0, 0)], 0),
    "gone": ("released", [("leave", 0, 0)], 0),
    "left": ("advised", [("approve", 0, 0), ("leave", 0, 2)], 0),
    "charged": ("advised", [("approve", 0, 0), ("propose_waiver", 0, 0)], 0),
    "broken": ("released", [("suspend", 1, 0)], 0),
    "visited": ("released", [("open_audit", 0, 0)], 0),
    "found": ("released", [("open_audit", 0, 0), ("find", 0, 0)], 0),
    "replied": ("released", [*_AUDITED, ("reply_to_audit", 0, 0)], 0),
    "judged": ("released", [*_AUDITED, ("reply_to_audit", 0, 0), ("judge_action", 0, 1)], 0),
    "stopped": ("released", [("record_assurance", 0, 2), ("record_assurance", 0, 0)], 0),
    "role_proposed": ("draft", [("propose_role", 0, 0)], 0),
    "office_proposed": ("draft", [("propose_office", 0, 0)], 0),
    "version_draft": ("released", [("ask_extension", 0, 0)], 0),
    "version_submitted": ("released", [("ask_extension", 0, 0), _LATER], 0),
    "version_pseudonyms": ("released", [("ask_extension", 0, 0), ("propose_pseudonyms", 0, 0)], 0),
    "too_late": ("released", [("ask_amendment", 0, 0)], TERM_DAYS + 1),
    "renewing": ("released", [("ask_renewal", 0, 0)], 0),
}

# Beside a stage, another case of the same organisation: what is owed of the one bars the other.
BESIDE = {"owing": "signed"}

# Where the service may not do what it does by itself.
NOT_DOABLE = {
    "work": "unsigned",
    "pack": "blocked",
    "pack_badly": "blocked",
    "fail_run": "released",
    "stop_by_itself": "issued",
}
# Deeds late in the life of a case, which the suite does and refuses in each run; a campaign does all.
LATE = [
    "open_meeting",
    "declare_interest",
    "vote",
    "advise",
    "approve",
    "confirm_decision",
    "confirm_against_advice",
    "appeal",
    "uphold",
    "sign",
    "work",
    "clear_output",
    "pack",
    "download",
    "suspend",
    "lift",
    "confirm_lift",
    "ask_amendment",
    "ask_renewal",
    "confirm_pseudonyms",
    "end",
    "certify",
    "accept_certificate",
]

# Where each deed can be done: the stage, the place of who does it, the number by which they do it.
DOABLE: dict[str, tuple[str, int, int]] = {
    "start": ("draft", 0, 0),
    "write": ("draft", 0, 0),
    "submit": ("draft", 0, 0),
    "withdraw": ("in_review", 0, 0),
    "copy": ("released", 0, 0),
    "invite": ("draft", 0, 0),
    "redact_answer": ("in_review", 0, 0),
    "redact_reason": ("appealed", 0, 0),
    "answer": ("returned", 0, 0),
    "comment": ("in_review", 0, 0),
    "reply": ("commented", 0, 0),
    "resolve": ("commented", 0, 0),
    "redact_comment": ("commented", 0, 0),
    "review": ("in_review", 0, 0),
    "review_and_return": ("in_review", 0, 0),
    "propose_precedent": ("fitting", 0, 0),
    "propose_change": ("version_submitted", 0, 0),
    "pull_back": ("short_route", 0, 0),
    "plan": ("to_panel", 0, 0),
    "change_meeting": ("reviewed", 0, 1),
    "seat": ("reviewed", 0, 0),
    "add_to_agenda": ("to_panel", 0, 0),
    "take_off_agenda": ("reviewed", 0, 0),
    "order_agenda": ("reviewed", 0, 0),
    "ask_papers": ("reviewed", 0, 0),
    "open_meeting": ("reviewed", 0, 0),
    "mark": ("in_session", 0, 0),
    "note": ("in_session", 0, 0),
    "close_meeting": ("in_session", 0, 0),
    "cancel_meeting": ("reviewed", 0, 0),
    "edit_minutes": ("advised", 0, 0),
    "confirm_minutes": ("advised", 0, 0),
    "publish_minutes": ("minuted", 0, 0),
    "declare_interest": ("in_session", 1, 0),
    "vote": ("in_session", 1, 0),
    "advise": ("voted", 0, 0),
    "clear_condition": ("conditions", 0, 0),
    "give_opinion": ("advised", 0, 0),
    "record_precedent": ("in_session", 0, 0),
    "confirm_precedent": ("settled", 0, 0),
    "withdraw_precedent": ("settled", 0, 0),
    "keep_member": ("draft", 0, 2),
    "approve": ("advised", 0, 0),
    "confirm_decision": ("first_of_two", 1, 0),
    "refuse": ("advised", 0, 0),
    "return_case": ("advised", 0, 0),
    "propose_against_advice": ("opposed", 0, 0),
    "confirm_against_advice": ("against_advice", 1, 0),
    "appeal": ("refused", 0, 0),
    "uphold": ("appealed", 1, 0),
    "dismiss": ("appealed", 1, 0),
    "sign": ("issued", 0, 0),
    "replace_signatory": ("left", 0, 0),
    "suspend": ("released", 1, 0),
    "lift": ("suspended", 0, 0),
    "propose_lift": ("broken", 1, 0),
    "confirm_lift": ("breach", 0, 0),
    "stop_by_itself": ("released", 0, 1),
    "end": ("released", 0, 0),
    "pay": ("issued", 0, 0),
    "propose_waiver": ("issued", 0, 0),
    "confirm_waiver": ("charged", 1, 0),
    "ask_amendment": ("released", 0, 0),
    "ask_extension": ("released", 0, 0),
    "ask_renewal": ("released", 0, 0),
    "renew_instead": ("too_late", 0, 0),
    "lengthen": ("version_draft", 0, 0),
    "propose_pseudonyms": ("version_draft", 0, 0),
    "confirm_pseudonyms": ("version_pseudonyms", 1, 0),
    "reject_proposal": ("breach", 0, 0),
    "work": ("signed", 0, 0),
    "fail_run": ("signed", 0, 0),
    "sweep": ("signed", 0, 0),
    "clear_output": ("written", 0, 0),
    "hold_output": ("written", 0, 0),
    "write_again": ("held", 0, 0),
    "retry_run": ("failed", 0, 0),
    "register_key": ("rival", 0, 0),
    "confirm_key": ("unconfirmed", 0, 0),
    "refuse_key": ("unconfirmed", 0, 0),
    "retire_key": ("packing", 0, 0),
    "pack": ("packing", 0, 0),
    "pack_badly": ("packing", 0, 0),
    "retry_package": ("unpacked", 0, 0),
    "download": ("released", 0, 0),
    "certify": ("over", 0, 0),
    "accept_certificate": ("certified", 0, 0),
    "return_certificate": ("certified", 0, 0),
    "confirm_year": ("a_year_on", 0, 0),
    "report_incident": ("released", 0, 0),
    "assess_incident": ("incident", 1, 1),
    "open_audit": ("released", 0, 0),
    "find": ("visited", 0, 0),
    "report_audit": ("found", 0, 0),
    "reply_to_audit": ("audited", 0, 0),
    "judge_action": ("replied", 0, 1),
    "close_audit": ("judged", 0, 0),
    "issue_notice": ("released", 0, 0),
    "acknowledge": ("notified", 0, 0),
    "close_notice": ("notified", 0, 0),
    "record_assurance": ("draft", 0, 0),
    "lift_stop": ("stopped", 0, 0),
    "leave": ("draft", 0, 0),
    "propose_role": ("draft", 0, 0),
    "confirm_role": ("role_proposed", 1, 0),
    "propose_office": ("draft", 0, 0),
    "confirm_office": ("office_proposed", 1, 0),
    "days_pass": ("released", 0, 0),
}


def build(bases: Collection[str] = tuple(BASES)) -> World:
    """The world with those bases. North and South take turns, so that both have cases at late stages."""
    world = World()
    for number, (name, way) in enumerate(BASES.items()):
        if name not in bases:
            continue
        side = world.sides[number % 2]
        case = services.create_application(organisation=side.organisation, title="Waits for X-rays", by=side.applicant)
        scene = Scene(world, side, case.pk, _IDENTIFIABLE if name == "two" else ())
        go(scene, way)
        world.cases[name] = scene
    sequence()
    return world


def enter(world: World, stage: str) -> Scene:
    """The case that a walk begins with, brought to the stage."""
    base, steps, days = STAGES[stage]
    scene = go(world.cases[base], steps)
    if days:
        world.clock.ahead += dt.timedelta(days=days)
        keep_calendar()
    return scene


def go(scene: Scene, steps: list[Step]) -> Scene:
    """The case at the end of the steps: once a new version was asked for, that of the version."""
    for name, place, n in steps:
        deed = DEEDS[name]
        by = list(deed.able(scene))[place] if deed.able else None
        deed.act(scene, by, n)
        deliver()
        if name.startswith("ask_"):
            scene = scene.amendment
    return scene
