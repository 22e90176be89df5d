"""What no order of deeds may break, in plain Python over the rows: nothing here asks the services or their rules.

Only two things are borrowed: the tables of moves, which the documents are drawn from, and the check of the whole log.
"""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import MD5, Cast

from dars.accounts.models import Proposal, User
from dars.accounts.rules import TRANSITIONS as PROPOSALS
from dars.agreements.charge_rules import TRANSITIONS as CHARGES
from dars.agreements.models import Agreement, Charge, NewPseudonyms, StateChange
from dars.agreements.rules import TRANSITIONS as AGREEMENTS
from dars.applications import selectors as applications
from dars.applications.models import Application, Move, Revision
from dars.applications.rules import TRANSITIONS as CASES
from dars.audit.models import AuditEvent
from dars.audit.selectors import verify
from dars.audit.services import sequence
from dars.core import clock
from dars.organisations.models import Membership, Stop
from dars.organisations.rules import TRANSITIONS as STOPS
from dars.oversight import rules as oversight
from dars.oversight.models import (
    Action,
    Certificate,
    CertificateVersion,
    Confirmation,
    DataNotice,
    Incident,
    SharingAudit,
)
from dars.panels import selectors as panels
from dars.panels.models import (
    Advice,
    Condition,
    Decision,
    FirstApproval,
    Interest,
    Meeting,
    Opinion,
    Precedent,
    Review,
    Roll,
    Sitting,
    Vote,
)
from dars.panels.rules import TRANSITIONS as MEETINGS
from extracts.delivery.models import Package, RecipientKey
from extracts.delivery.rules import KEY_TRANSITIONS as KEYS
from extracts.delivery.rules import TRANSITIONS as PACKAGES
from extracts.production.models import OutputCheck, Run
from extracts.production.rules import TRANSITIONS as RUNS

QUORUM = 4  # AGD terms of reference (unverified): with the chair or deputy, a lay member, independents in the majority

LIVES: dict[str, tuple[type, Mapping]] = {
    "case": (Application, CASES),
    "agreement": (Agreement, AGREEMENTS),
    "charge": (Charge, CHARGES),
    "meeting": (Meeting, MEETINGS),
    "certificate": (Certificate, oversight.CERTIFICATE),
    "confirmation": (Confirmation, oversight.CONFIRMATION),
    "audit": (SharingAudit, oversight.AUDIT),
    "action": (Action, oversight.ACTION),
    "incident": (Incident, oversight.INCIDENT),
    "notice": (DataNotice, oversight.NOTICE),
    "stop": (Stop, STOPS),
    "run": (Run, RUNS),
    "package": (Package, PACKAGES),
    "key": (RecipientKey, KEYS),
    "proposal": (Proposal, PROPOSALS),
}
States = dict[tuple[str, int], str]

# Tags that a move along a life cycle leaves, and that are left without one as well: a run's first queueing, an overdue
# period; a package that waits for something else.
ALSO_WITHOUT_A_MOVE = {"run.queued", "package.waiting"}


@cache
def _ways(life: str) -> dict[tuple[str, str], list[str]]:
    """The tags on the shortest way between any two states."""
    moves = {(str(a), str(b)): move.audit for (a, b), move in LIVES[life][1].items()}
    found = dict.fromkeys(moves)
    found = {pair: [tag] for pair, tag in moves.items()}
    for _ in range(3):
        for (a, b), tags in list(found.items()):
            for (c, d), tag in moves.items():
                if b == c and a != d:
                    found.setdefault((a, d), [*tags, tag])
    return found


@cache
def tags() -> frozenset[str]:
    return frozenset(move.audit for _, moves in LIVES.values() for move in moves.values())


@cache
def _every_state() -> str:
    return " UNION ALL ".join(
        f"SELECT '{life}', id, state FROM {model._meta.db_table}" for life, (model, _) in LIVES.items()
    )


def states() -> States:
    """Where everything stands that has a life cycle. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_every_state())
        return {(life, pk): state for life, pk, state in cursor.fetchall()}


def written_rows() -> int:
    """How many rows this transaction has written so far, by PostgreSQL's own count."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0])


# --- After each deed -------------------------------------------------------------------------------------------------


def nothing_changed(before: States, after: States, events: int) -> None:
    """A refusal leaves no trace."""
    assert events == 0, "what was refused left an event"
    assert before == after, "what was refused changed something"


def each_change_has_its_event(before: States, after: States, kinds: Counter, *, by_person: bool) -> None:
    """A thing's state changes only along its table; the event of that move is there, and by a person's deed just once
    for each thing that moved."""
    wanted: Counter[str] = Counter()
    for key, state in after.items():
        was = before.get(key)
        if was is not None and was != state:
            way = _ways(key[0]).get((was, state))
            assert way is not None, f"{key[0]} went from {was} to {state}, which no table allows"
            assert not by_person or len(way) == 1, f"{key[0]} went from {was} to {state} at one go"
            wanted.update(way)
    assert set(before) <= set(after), "something is lost"
    for tag, count in wanted.items():
        assert kinds[tag] >= count, f"{tag}: {count} changes and {kinds[tag]} events"
    if by_person:
        for tag in tags() - ALSO_WITHOUT_A_MOVE:
            assert kinds[tag] == wanted[tag], f"{tag}: {wanted[tag]} changes and {kinds[tag]} events"


def what_the_events_say_was_right(events: Iterable[AuditEvent]) -> None:
    """What may happen under conditions only, judged at the moment it happened."""
    for event in events:
        pk = int(event.subject.rpartition(":")[2]) if event.subject[-1].isdigit() else 0
        match event.kind:
            case "run.written":
                _may_flow(Run.objects.get(pk=pk).agreement, anew=True)
            case "file.released":
                package = Package.objects.get(pk=pk)
                _may_flow(package.agreement, anew=True)
                _was_checked(package.run)
                _keys_are_confirmed(package)
            case "file.downloaded":
                package = Package.objects.get(pk=pk)
                assert package.state == "released" and clock.now() < package.expires_at, "an expired file was served"
                _may_flow(_in_force_now(package.agreement), anew=False)
                _is_recipient(int(event.actor.partition(":")[2]), _in_force_now(package.agreement))
            case "agreement.in_force":
                _all_signed(Agreement.objects.get(pk=pk))
            case "vote.cast":
                _quorum_holds(event)


def nobody_acts_after_declaring(actor: User | None, events: Iterable[AuditEvent], before: set[tuple[int, int]]) -> None:
    """Whoever has declared an interest in a case does nothing in it any more. `before`: (case, person) who had.

    But for what is theirs as a party of the agreement: the applicants' own.
    """
    if actor is None:
        return
    for event in events:
        case = Application.objects.filter(reference=event.case).first() if event.case else None
        mine = event.actor == f"user:{actor.pk}"
        if case is not None and mine and (case.pk, actor.pk) in before:
            assert _belongs(actor.pk, case), f"{event.kind} by somebody with a declared interest"


def _in_force_now(agreement: Agreement) -> Agreement:
    if agreement.state != "superseded":
        return agreement
    rows = Agreement.objects.filter(lineage=agreement.lineage_id, in_force_at__isnull=False)
    return rows.order_by("-in_force_at", "-pk").first()


def _may_flow(agreement: Agreement, *, anew: bool) -> None:
    """Data may flow under the agreement now: decided, signed, in term, not suspended, nothing of its parties amiss."""
    today, name = clock.today(), agreement.reference
    assert agreement.state == "in_force", f"data flowed under {name}, which is {agreement.state}"
    assert agreement.starts_on <= today <= agreement.ends_on, f"data flowed outside the term of {name}"
    _all_signed(agreement)
    _was_decided(agreement)
    for condition in Condition.objects.filter(application=agreement.application, revision=agreement.revision):
        assert condition.due != "release" or condition.cleared_at, "data flowed before a condition was met"
    parties = list(agreement.parties.values_list("organisation", flat=True))
    owed = ("due", "returned", "submitted") if anew else ("due", "returned")
    late = Certificate.objects.filter(organisation__in=parties, state__in=owed, due_on__lt=today)
    assert not late.exists(), "data flowed to an organisation with an overdue certificate"
    assert not Stop.objects.filter(organisation__in=parties, state="on", need__in=["dspt", "ico", "framework"]).exists()
    lineage = Confirmation.objects.filter(agreement__lineage=agreement.lineage_id, state="due")
    assert not lineage.filter(due_on__lt=today - dt.timedelta(days=30)).exists(), "data flowed without a confirmation"


def _all_signed(agreement: Agreement) -> None:
    places = list(agreement.signatures.all())
    assert places and all(place.signed_at for place in places), f"{agreement.reference} is in force without signatures"
    assert any(place.organisation_id is None for place in places), "nobody signed for the body that gives the data"
    parties = set(agreement.parties.filter(part="controller").values_list("organisation", flat=True))
    assert parties <= {place.organisation_id for place in places}, "a controller has not signed"
    assert {place.document_sha256 for place in places} == {agreement.document_sha256}, "other words were signed"


def _was_decided(agreement: Agreement) -> None:
    decision = Decision.objects.get(application=agreement.application, revision=agreement.revision)
    revision = Revision.objects.get(application=agreement.application, number=agreement.revision)
    assert decision.outcome == "approve" and decision.reasons
    assert decision.spec_sha256 == agreement.spec_sha256 == revision.spec_sha256, "other data than were decided on"
    if agreement.spec_json["identifiability"] == "identifiable":
        assert decision.second_approver_id not in (None, decision.approver_id), "identifiable data by one approver"


def _was_checked(run: Run) -> None:
    """The files that went out are those that were looked at, by somebody with no hand in them, and honour today."""
    check = OutputCheck.objects.get(run=run, attempt=run.lease_token)
    assert check.verdict == "cleared"
    assert not run.producers.filter(pk=check.checker_id).exists(), "the producer checked the output"
    assert clock.day_of(run.opt_outs_at) == clock.today(), "the opt-outs of another day went out"


def _keys_are_confirmed(package: Package) -> None:
    """Each key is a recipient's, and somebody else than its person has compared it."""
    keys = list(package.keys.all())
    assert keys, "files went out that nobody can open"
    for key in keys:
        _is_recipient(key.user_id, package.agreement)
        assert key.state == "in_use" and key.compared, "files were encrypted to a key that is not in use"
        assert key.decided_by_id not in (None, key.user_id), "files were encrypted to a key of one person's word"


def _is_recipient(person: int, agreement: Agreement) -> None:
    assert agreement.recipients.filter(user=person).exists(), "somebody else than a recipient took a file"
    parties = agreement.parties.values("organisation")
    today = Membership.objects.filter(user=person, role="recipient", organisation__in=parties, ended_at=None)
    assert today.exists(), "somebody who has left took a file"


def _quorum_holds(event: AuditEvent) -> None:
    """At this moment, counted anew from who sits there and who is tied to the case."""
    case = Application.objects.get(reference=event.case)
    voter = int(event.actor.partition(":")[2])
    vote = Vote.objects.get(application=case, revision=case.revisions.count(), member=voter)
    there = Sitting.objects.filter(meeting=vote.roll.item.meeting, arrived_at__isnull=False, left_at=None)
    tied = set(Interest.objects.filter(application=case).values_list("person", flat=True))
    tied |= set(Review.objects.filter(application=case).values_list("reviewer", flat=True))
    tied |= _team(case)
    counted = [each for each in there if each.person_id not in tied]
    assert vote.roll.item.meeting.state == "in_session", "a vote outside a meeting"
    assert voter in {each.person_id for each in counted}, "a vote of somebody who does not count"
    assert len(counted) >= QUORUM, f"a vote among {len(counted)}"
    assert any(each.seat in ("chair", "deputy") for each in counted), "a vote without chair or deputy"
    assert any(each.kind == "lay" for each in counted), "a vote without a lay member"
    assert 2 * sum(each.independent for each in counted) > len(counted), "a vote without independents in the majority"
    assert [row[0] for row in vote.roll.counted] == sorted(each.person_id for each in counted), "another roll was kept"


def _belongs(person: int, case: Application) -> bool:
    return person in _team(case)


def _team(case: Application) -> set[int]:
    """Who is of an organisation of the request today, or named in it."""
    named = case.answers.get("people") or {}
    codes = {case.organisation.code, *(case.answers.get("controllers") or {}).get("organisations", [])}
    today = Membership.objects.filter(organisation__code__in=codes, ended_at=None)
    return {*named.get("recipients", []), *named.get("signatories", []), *today.values_list("user", flat=True)}


# --- At any time -----------------------------------------------------------------------------------------------------

# Parts in a case that no one person plays both, whichever came first (DARS process: who reviews, advises, decides,
# judges an appeal, produces and checks are different people).
APART: dict[str, set[str]] = {
    "reviewed": {"voted", "chaired", "opined", "decided", "refused", "heard the appeal"},
    "voted": {"opined", "decided", "refused", "heard the appeal", "checked"},
    "chaired": {"opined", "decided", "refused", "heard the appeal", "checked"},
    "opined": {"decided", "refused", "heard the appeal"},
    "decided": {"cleared", "refused", "heard the appeal", "produced", "checked"},
    "refused": {"cleared", "heard the appeal", "produced", "checked"},
    "heard the appeal": {"cleared", "produced", "checked"},
}


def parts_in(case: int) -> dict[str, set[int]]:
    """Who played which part in the case."""

    def people(rows: Any, *fields: str) -> set[int]:
        return {pk for row in rows.values_list(*fields) for pk in row if pk is not None}

    of = {"application": case}
    runs = Run.objects.filter(agreement__application=case)
    return {
        "reviewed": people(Review.objects.filter(**of), "reviewer"),
        "voted": people(Vote.objects.filter(**of), "member"),
        "chaired": people(Advice.objects.filter(**of), "chair"),
        "opined": people(Opinion.objects.filter(**of), "guardian"),
        "cleared": people(Condition.objects.filter(**of), "cleared_by"),
        "decided": people(Decision.objects.filter(**of, outcome="approve"), "approver", "second_approver"),
        "refused": people(Decision.objects.filter(**of, outcome="refuse"), "approver"),
        "heard the appeal": people(
            Move.objects.filter(**of, from_state="appealed").exclude(to_state="withdrawn"), "by"
        ),
        "produced": people(runs, "producers"),
        "checked": people(OutputCheck.objects.filter(run__in=runs), "checker"),
    }


def nobody_acts_twice_or_for_themselves(case: Application) -> None:
    parts = parts_in(case.pk)
    for part, others in APART.items():
        for other in others:
            both = parts[part] & parts[other]
            assert not both, f"the same person {part} and {other}"
    applicants = _team(case)
    for part, people in parts.items():
        assert not people & applicants, f"one of the applicants {part}"
    for run in Run.objects.filter(agreement__application=case.pk):
        # Whoever held an earlier attempt may have it written again: then somebody else checks the next.
        check = run.output_checks.filter(attempt=run.lease_token).first()
        if check is not None and run.state not in ("prepared", "writing", "failed", "purged"):
            assert not run.producers.filter(pk=check.checker_id).exists(), "the producer checked the output"
    for decision in Decision.objects.filter(application=case.pk, outcome="approve"):
        revision = Revision.objects.get(application=case.pk, number=decision.revision)
        if revision.spec["identifiability"] == "identifiable":
            assert decision.second_approver_id not in (None, decision.approver_id), "identifiable data by one approver"
    for first in FirstApproval.objects.filter(application=case.pk):
        decision = Decision.objects.filter(application=case.pk, revision=first.revision, outcome="approve").first()
        assert decision is None or decision.second_approver_id not in (None, first.approver_id)


def two_people_were_two(cases: Collection[int]) -> None:
    """No one person is both halves of what takes two."""
    for row in Proposal.objects.filter(state="confirmed"):
        assert row.decided_by_id not in (None, row.proposed_by_id), f"one person proposed and confirmed {row.action}"
    for row in NewPseudonyms.objects.filter(application__in=cases):
        assert row.confirmed_by_id not in (None, row.by_id)
    for row in Precedent.objects.filter(confirmed_at__isnull=False):
        assert row.confirmed_by_id != row.recorded_by_id
    for row in Charge.objects.filter(state="waived", agreement__application__in=cases):
        assert row.confirmed_by_id not in (None, row.settled_by_id)


TRUST = ("breach", "incident", "audit")  # suspensions for these are lifted by two people


def suspended_after_a_breach_takes_two(agreement: Agreement) -> None:
    """Each lift of a suspension that was about trust has a confirmed proposal of its own."""
    changes = list(StateChange.objects.filter(agreement=agreement).order_by("pk"))
    lifted = sum(
        before.reason in ("breach", "incident", "audit")
        and after.to_state == "in_force"
        and after.from_state == "suspended"
        for before, after in itertools.pairwise(changes)
    )
    told = Proposal.objects.filter(action="agreement.lift_suspension", subject=f"agreement:{agreement.pk}")
    assert told.filter(state="confirmed").count() == lifted, "one person lifted a suspension that takes two"


def quorum_was_true(case: Application) -> None:
    for roll in Roll.objects.filter(item__application=case):
        seats = [seat for _, seat, _, _ in roll.counted]
        assert len(roll.counted) >= QUORUM
        assert {"chair", "deputy"} & set(seats)
        assert any(kind == "lay" for _, _, kind, _ in roll.counted)
        assert sum(independent for *_, independent in roll.counted) * 2 > len(roll.counted)
        assert not {place[0] for place in roll.counted} & set(roll.set_aside)
    for vote in Vote.objects.filter(application=case).select_related("roll"):
        assert vote.member_id in {place[0] for place in vote.roll.counted}
    for advice in Advice.objects.filter(application=case).select_related("roll"):
        voted = set(Vote.objects.filter(application=case, revision=advice.revision).values_list("member", flat=True))
        counted = {place[0] for place in advice.roll.counted}
        assert counted <= voted, "advice that rests on somebody who did not vote"
        gone = Interest.objects.filter(application=case, declared_at__lt=advice.created_at)
        assert not counted & set(gone.values_list("person", flat=True)), "advice rests on somebody with an interest"


def whoever_declared_sees_nothing(case: Application) -> None:
    for interest in Interest.objects.filter(application=case).select_related("person"):
        person = User.objects.get(pk=interest.person_id)
        if not _belongs(person.pk, case):
            assert not applications.visible_to(person).filter(pk=case.pk).exists(), "a case closed to somebody is shown"
        assert not panels.may_see_discussion(person, case), "a discussion is shown to somebody with an interest"


def its_way_has_no_gap(case: Application) -> None:
    """Each move begins where the last one ended, and each has its event; so has each decision and each vote."""
    at: str = "draft"
    wanted: Counter[str] = Counter()
    for move in Move.objects.filter(application=case).order_by("pk"):
        assert move.from_state == at
        at = move.to_state
        wanted[CASES[move.from_state, move.to_state].audit] += 1
    assert at == case.state
    kinds = Counter(AuditEvent.objects.filter(case=case.reference).values_list("kind", flat=True))
    assert all(kinds[kind] == count for kind, count in wanted.items())
    assert kinds["vote.cast"] >= Vote.objects.filter(application=case).count()
    assert kinds["decision.made"] == Decision.objects.filter(application=case).count()
    signed = Agreement.objects.filter(application=case, signatures__signed_at__isnull=False).values("signatures")
    assert kinds["agreement.signed"] == signed.count()
    checks = OutputCheck.objects.filter(run__agreement__application=case)
    assert kinds["run.cleared"] + kinds["run.held"] == checks.count()
    for agreement in Agreement.objects.filter(application=case):
        state = "issued"
        for change in StateChange.objects.filter(agreement=agreement).order_by("pk"):
            assert change.from_state == state
            state = change.to_state
        assert state == agreement.state


KEPT: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
    (Revision, "application", ("answers", "sha256", "spec_sha256", "submitted_by")),
    (Move, "application", ("from_state", "to_state", "reason", "by")),
    (Review, "application", ("reviewer", "outcome", "note")),
    (Interest, "application", ("person", "nature", "declared_at")),
    (Vote, "application", ("member", "revision")),
    (Advice, "application", ("chair", "outcome", "summary", "roll")),
    (Decision, "application", ("approver", "second_approver", "outcome", "reasons", "spec_sha256")),
    (FirstApproval, "application", ("approver", "reasons")),
    (Opinion, "application", ("guardian", "supports", "words")),
    (Agreement, "application", ("revision", "spec_sha256", "document_sha256", "starts_on", "ends_on", "keyed_as")),
    (StateChange, "agreement__application", ("from_state", "to_state", "by")),
    (OutputCheck, "run__agreement__application", ("attempt", "checker", "verdict")),
    (CertificateVersion, "certificate__agreement__application", ("signatory", "datasets", "method")),
)
# What may be taken back: an unreviewed certificate, once a new version is in force; and what a reviewer redacts.
MAY_GO = {"CertificateVersion"}
MAY_BE_REDACTED = {"Revision", "Move"}


def kept(cases: Collection[int]) -> dict[tuple[str, int], str]:
    """What is written once and stays, of the cases: a digest of each row's fields. One query."""
    rows = []
    for model, to, fields in KEPT:
        whole = Cast(Func(*map(F, fields), function="ROW", output_field=TextField()), TextField())
        of = model.objects.order_by().filter(**{f"{to}__in": cases})
        rows.append(of.annotate(what=Value(model.__name__), said=MD5(whole)).values_list("what", "pk", "said"))
    return {(what, pk): said for what, pk, said in rows[0].union(*rows[1:], all=True)}


def nothing_is_lost(before: dict, after: dict, *, redacted: bool) -> None:
    for key, said in before.items():
        if key not in after:
            assert key[0] in MAY_GO, f"{key[0]} is gone"
        elif after[key] != said:
            assert redacted and key[0] in MAY_BE_REDACTED, f"{key[0]} was rewritten"


def the_log_verifies() -> None:
    sequence()
    found = verify()
    assert not found.faults and not found.unsequenced, found.faults


def check_case(case: Application) -> None:
    nobody_acts_twice_or_for_themselves(case)
    quorum_was_true(case)
    whoever_declared_sees_nothing(case)
    its_way_has_no_gap(case)
    for agreement in Agreement.objects.filter(application=case):
        if agreement.state in ("in_force", "suspended", "superseded"):
            _all_signed(agreement)
            _was_decided(agreement)
        suspended_after_a_breach_takes_two(agreement)
