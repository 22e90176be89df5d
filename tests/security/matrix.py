"""The permission matrix: for every address and method, what each kind of person gets. Asks no code what should be.

A new address needs rows here; `test_permission_matrix` compares them with what the service answers.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Gets(StrEnum):
    """What an answer amounts to."""

    OK = "ok"  # 200, or a redirect to another page of the service
    CONFLICT = "ok, but not now"  # the person may, the state (409) or what was typed (400, 422) does not allow it
    REFUSED = "refused"  # 403
    HIDDEN = "hidden"  # 404, as if there were no such thing
    SIGN_IN = "sign in"  # a redirect to the sign-in page; 401 or 403 from the JSON interface
    NO_METHOD = "no method"  # 405


OK, CONFLICT, REFUSED, HIDDEN, SIGN_IN, NO_METHOD = Gets

# --- Who asks --------------------------------------------------------------------------------------------------------

NOBODY = "nobody"  # not signed in
OURS = ("creator", "colleague", "signatory", "recipient")  # the colleague has no rights on the case
RIVALS = ("rival applicant", "rival signatory", "rival recipient")
SUBMITTERS = ("submitter", "rival submitter")
ROLES = (
    "ig_reviewer",
    "production_reviewer",
    "panel_member",
    "panel_chair",
    "secretariat",
    "approver",
    "production_staff",
    "collection_staff",
    "opt_out_officer",
    "publication_officer",
    "auditor",
    "administrator",
)
# The stranger has an account and nothing else; the superuser has Django's flag and no role.
SIGNED_IN = ("stranger", "superuser", *OURS, *RIVALS, *SUBMITTERS, *ROLES)

REVIEWERS = {"ig_reviewer", "production_reviewer"}
PANEL = {"panel_member", "panel_chair"}
CASE_STAFF = {*REVIEWERS, *PANEL, "secretariat", "approver", "auditor"}
JUDGES = CASE_STAFF - {"auditor", "secretariat"}
AGREEMENT_READERS = {"creator", "signatory", "recipient", *REVIEWERS, "approver", "production_staff", "auditor"}
APPLICANTS = {"creator", "colleague", "rival applicant"}
RECIPIENTS = {"recipient", "rival recipient"}
SUBMISSION_READERS = {"submitter", "collection_staff", "auditor"}
RUN_READERS = {"production_reviewer", "production_staff", "auditor"}

# --- What they get ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One method of one address: `rest` for everybody signed in who is not in `but`; `nobody` for the others."""

    rest: Gets
    but: dict[str, Gets] = field(default_factory=dict)
    nobody: Gets = SIGN_IN

    def of(self, actor: str) -> Gets:
        return self.nobody if actor == NOBODY else self.but.get(actor, self.rest)


def only(who: set[str], *, get: Gets = OK, others: Gets = REFUSED, refused: set[str] = frozenset()) -> Cell:
    """`who` get it, the `refused` may know of it and no more, to all others it is refused or hidden."""
    return Cell(others, {**dict.fromkeys(refused, REFUSED), **dict.fromkeys(who, get)})


ALL = Cell(OK)
NONE = Cell(NO_METHOD)
WORLD = Cell(OK, nobody=OK)
NOT_THERE = Cell(NO_METHOD, nobody=NO_METHOD)


@dataclass(frozen=True)
class Row:
    """An address about a thing of the test's world ("" where it is about none)."""

    name: str
    get: Cell
    post: Cell
    about: str = ""


def _case(name: str, about: str, *, post: bool = True) -> Row:
    """A page of the applicant's: colleagues who judge cases know of the case, others do not."""
    cell = only({"creator"}, others=HIDDEN, refused=CASE_STAFF)
    return Row(name, cell, cell if post else NONE, about)


_reads_case = only({"creator", *CASE_STAFF}, others=HIDDEN)
_reads_agreement = only(AGREEMENT_READERS, others=HIDDEN)
_stops_agreement = only({"approver"}, others=HIDDEN, refused=AGREEMENT_READERS)
_lifts_agreement = only({"approver"}, get=CONFLICT, others=HIDDEN, refused=AGREEMENT_READERS)
_versions_agreement = only({"creator"}, others=HIDDEN, refused=AGREEMENT_READERS)
_settles = only({*REVIEWERS, "approver"}, others=HIDDEN, refused=AGREEMENT_READERS)
_declares = only(JUDGES, others=HIDDEN, refused={"creator", "auditor", "secretariat"})
_comments = only({"creator", *JUDGES}, others=HIDDEN, refused=CASE_STAFF)
_writes_to_applicant = only({"creator", *JUDGES} - {"panel_member"}, others=HIDDEN, refused=CASE_STAFF)
_redacts = only(REVIEWERS, others=HIDDEN, refused={"creator", *CASE_STAFF})
_meets = only({*PANEL, "secretariat", "auditor"})
_runs_panel = only({"panel_chair", "secretariat"})
_runs_panel_not_now = only({"panel_chair", "secretariat"}, get=CONFLICT)
_judges = only(CASE_STAFF)
_judges_key = only({"signatory", "production_staff"}, others=HIDDEN)
_confirms_key = only({"signatory", "production_staff"}, others=HIDDEN, refused={"recipient"})
_officer = only({"opt_out_officer"})
_publishes = only({"publication_officer"})
_administrator = only({"administrator"}, others=HIDDEN)
_reads_submission = only(SUBMISSION_READERS, others=HIDDEN)

OVERSEERS = {"ig_reviewer", "approver", "production_staff", "auditor"}
HOLDERS = {*OURS, *OVERSEERS}  # of what follows a release under the agreement in force
_holds = only(HOLDERS, others=HIDDEN)
_shelf = only({*HOLDERS, *RIVALS})
_ig = only({"ig_reviewer"}, others=HIDDEN, refused=HOLDERS)
_signs_for = only({"signatory"}, others=HIDDEN, refused=HOLDERS)
_keeps_order = only({"ig_reviewer", "production_staff"}, others=HIDDEN, refused=HOLDERS)
_manages = only({"signatory", "ig_reviewer", "administrator"}, others=HIDDEN, refused=HOLDERS)
_ends = only({"colleague", "signatory", "ig_reviewer", "administrator"}, others=HIDDEN, refused=HOLDERS)

MATRIX = (
    Row("home", ALL, NONE),
    Row("health:live", WORLD, NOT_THERE),
    Row("health:ready", WORLD, NOT_THERE),
    # Whoever is signed in is sent on to the first page; a wrong password is told.
    Row("accounts:sign-in", WORLD, Cell(OK, nobody=CONFLICT)),
    Row("accounts:sign-out", NONE, ALL),
    # One's own account. All but the stranger have a second factor.
    Row("accounts:account", ALL, NONE),
    Row("accounts:second-factor-set-up", ALL, Cell(OK, {"stranger": CONFLICT})),
    Row("accounts:recovery-codes", ALL, ALL),
    Row("accounts:second-factor-remove", ALL, ALL),
    # People and proposals
    Row("accounts:people", only({"administrator"}), NONE),
    Row("accounts:person", only({"administrator"}), only({"administrator"}), "account"),
    Row("accounts:proposals", only({"administrator", "approver", "opt_out_officer", *REVIEWERS}), NONE),
    Row("accounts:proposal", _administrator, _administrator, "proposal"),
    # Notices: everybody's own.
    Row("notices:list", ALL, NONE),
    Row("notices:read-all", NONE, ALL),
    Row("notices:read", NONE, only({"creator"}, others=HIDDEN), "notice"),
    # The catalogue holds no data, and is open to everybody who is signed in.
    Row("catalogue:list", ALL, NONE),
    Row("catalogue:dataset", ALL, NONE, "dataset"),
    Row("catalogue:field", ALL, NONE, "field"),
    # Applications: the list is of one's own.
    Row("applications:list", ALL, NONE),
    Row("applications:api-list", ALL, NONE),
    Row("applications:new", only(APPLICANTS), only(APPLICANTS)),
    Row("applications:case", _reads_case, NONE, "draft"),
    Row("applications:case", _reads_case, NONE, "in review"),
    Row("applications:case", _reads_case, NONE, "approved"),
    Row("applications:api-detail", _reads_case, NONE, "draft"),
    Row("applications:api-detail", _reads_case, NONE, "approved"),
    _case("applications:tasks", "draft", post=False),
    _case("applications:tasks", "in review", post=False),
    _case("applications:section", "section"),
    _case("applications:request", "draft"),
    _case("applications:request", "in review"),
    _case("applications:request-summary", "draft", post=False),
    Row("applications:autosave", NONE, _case("", "").post, "section"),
    Row("applications:choose", NONE, _case("", "").post, "draft with two texts"),
    Row("applications:attach", NONE, _case("", "").post, "section"),
    _case("applications:document", "document", post=False),
    Row("applications:detach", NONE, _case("", "").post, "document"),
    Row("applications:check-document", NONE, _case("", "").post, "unchecked document"),
    Row("applications:blank-form", ALL, NONE),
    Row("applications:filled-form", only({"creator"}, others=HIDDEN), NONE, "draft"),
    Row("applications:filled-form", _reads_case, NONE, "in review"),
    Row("applications:letter", _reads_case, NONE, "letter"),
    _case("applications:copy", "draft"),
    Row("applications:invite", NONE, _case("", "").post, "draft"),
    Row("applications:revoke-invitation", NONE, _case("", "").post, "sent invitation"),
    # The letter's link opens for whoever has it; it lets in the person it was written to, who has no account yet.
    Row("applications:invitation", WORLD, Cell(REFUSED, nobody=OK), "invitation"),
    _case("applications:check", "draft"),
    _case("applications:check", "in review"),
    _case("applications:team", "draft"),
    _case("applications:withdraw", "draft"),
    Row(
        "applications:withdraw",
        only({"creator"}, others=HIDDEN, refused=CASE_STAFF),
        only({"creator"}, get=CONFLICT, others=HIDDEN, refused=CASE_STAFF),
        "approved",
    ),
    Row("applications:timeline", _reads_case, NONE, "in review"),
    # What is said about a case
    Row("correspondence:compare", _reads_case, NONE, "in review"),
    Row("correspondence:changes", _reads_case, only({"creator"}, others=HIDDEN, refused=CASE_STAFF), "returned"),
    Row("correspondence:comments", _reads_case, NONE, "in review"),
    Row("correspondence:api-comments", _reads_case, NONE, "in review"),
    Row("correspondence:new-comment", _comments, _comments, "in review"),
    Row("correspondence:comment", _reads_case, _writes_to_applicant, "comment"),
    Row(
        "correspondence:resolve",
        NONE,
        only(JUDGES - {"panel_member"}, others=HIDDEN, refused={"creator", *CASE_STAFF}),
        "comment",
    ),
    Row("correspondence:redact-comment", _redacts, _redacts, "comment"),
    Row("correspondence:redact", _redacts, _redacts, "in review"),
    _case("correspondence:appeal", "refused"),
    Row("correspondence:decide-appeal", only({"approver"}), only({"approver"}), "appealed"),
    Row("correspondence:appeals", only({"approver"}), NONE),
    # Review, panel, decision
    Row("panels:reviews", only(REVIEWERS), NONE),
    Row("panels:review", only(REVIEWERS), only(REVIEWERS), "in review"),
    Row("panels:panel", only(PANEL), NONE),
    Row("panels:case", only(PANEL), NONE, "with the panel"),
    Row("panels:vote", only(PANEL), only(PANEL), "with the panel"),
    Row("panels:advise", only({"panel_chair"}), only({"panel_chair"}), "with the panel"),
    Row("panels:interest", _declares, _declares, "with the panel"),
    Row("panels:decisions", only({"approver"}), NONE),
    Row("panels:decide", only({"approver"}), only({"approver"}), "advised"),
    Row("panels:opinion", only({"approver"}), only({"approver"}), "with the panel"),  # who is the Caldicott Guardian
    Row("panels:offices", only({*CASE_STAFF, "administrator"}), only({"administrator"})),
    Row("panels:propose", only(REVIEWERS), only(REVIEWERS), "in review"),
    Row("panels:short-route", only(PANEL), only(PANEL), "short route"),
    Row("panels:note", NONE, only({*PANEL, "secretariat"}), "with the panel"),
    Row("panels:letter", _reads_case, NONE, "approved"),
    # Conditions: the list is of one's own; the person named clears, colleagues who judge cases may look.
    Row("panels:conditions", ALL, NONE),
    Row(
        "panels:clear",
        only(CASE_STAFF, others=HIDDEN),
        only({"production_reviewer"}, others=HIDDEN, refused=CASE_STAFF),
        "condition",
    ),
    # Meetings
    Row("panels:meetings", _meets, NONE),
    Row("panels:plan", _runs_panel, _runs_panel),
    Row("panels:meeting", _meets, NONE, "planned meeting"),
    Row("panels:meeting", _meets, NONE, "meeting in session"),
    Row("panels:change", _runs_panel, _runs_panel, "planned meeting"),
    Row("panels:seats", _runs_panel, _runs_panel, "planned meeting"),
    Row("panels:agenda", NONE, _runs_panel, "planned meeting"),
    Row("panels:attendance", NONE, _runs_panel, "planned meeting"),
    Row("panels:close", NONE, _runs_panel, "meeting in session"),
    Row("panels:cancel", NONE, _runs_panel, "planned meeting"),
    Row("panels:cancel", NONE, _runs_panel_not_now, "meeting in session"),
    Row("panels:ask-papers", NONE, _runs_panel, "meeting in session"),
    Row("panels:papers", _meets, NONE, "papers"),
    Row("panels:minutes", _meets, NONE, "closed meeting"),
    Row("panels:minutes-pdf", _meets, NONE, "closed meeting"),
    Row("panels:edit-minutes", _runs_panel, _runs_panel, "closed meeting"),
    Row("panels:confirm-minutes", NONE, only({"panel_chair"}), "closed meeting"),
    Row("panels:publish-minutes", NONE, _runs_panel_not_now, "closed meeting"),  # not confirmed yet
    Row("panels:members", _runs_panel, NONE),
    Row("panels:member", _runs_panel, _runs_panel, "panel member"),
    Row("panels:precedents", _judges, NONE),
    Row("panels:precedent", _judges, NONE, "precedent"),
    Row("panels:new-precedent", _runs_panel, _runs_panel),
    # The secretariat recorded it; a chair confirms it, and has done so here.
    Row("panels:confirm-precedent", NONE, only({"panel_chair"}, get=CONFLICT), "precedent"),
    Row("panels:withdraw-precedent", NONE, _runs_panel, "precedent"),
    # Agreements: the list is of those that one may read.
    Row("agreements:list", ALL, NONE),
    Row("agreements:page", _reads_agreement, NONE, "issued agreement"),
    Row("agreements:page", _reads_agreement, NONE, "agreement in force"),
    Row("agreements:api", _reads_agreement, NONE, "agreement in force"),
    Row(
        "agreements:sign",
        NONE,
        only({"signatory", "approver"}, others=HIDDEN, refused=AGREEMENT_READERS),
        "issued agreement",
    ),
    Row("agreements:suspend", _stops_agreement, _stops_agreement, "agreement in force"),
    Row("agreements:end", _stops_agreement, _stops_agreement, "agreement in force"),
    Row("agreements:lift", _lifts_agreement, _lifts_agreement, "agreement in force"),
    Row("agreements:document", _reads_agreement, NONE, "issued agreement"),
    Row("agreements:signed-copy", _reads_agreement, NONE, "agreement in force"),
    Row("agreements:new-version", _versions_agreement, _versions_agreement, "agreement in force"),
    Row("agreements:payment", _settles, _settles, "agreement in force"),
    Row("agreements:waiver", _settles, _settles, "agreement in force"),
    # Whoever is named can still sign, so nobody is named instead.
    Row(
        "agreements:replace",
        only({"creator", *REVIEWERS}, others=HIDDEN, refused=AGREEMENT_READERS),
        only({"creator", *REVIEWERS}, get=CONFLICT, others=HIDDEN, refused=AGREEMENT_READERS),
        "place for a signature",
    ),
    # A first application has no earlier pseudonyms to keep.
    Row(
        "agreements:pseudonyms",
        only({"approver"}, get=CONFLICT, others=HIDDEN, refused={"creator", *CASE_STAFF}),
        only({"approver"}, get=CONFLICT, others=HIDDEN, refused={"creator", *CASE_STAFF}),
        "in review",
    ),
    # Its term is not over, and it is no amendment.
    Row(
        "agreements:renewal",
        NONE,
        only({"creator"}, get=CONFLICT, others=HIDDEN, refused=CASE_STAFF),
        "draft",
    ),
    # Organisations: the list is of one's own, or of all for colleagues.
    Row("organisations:list", ALL, NONE),
    Row("organisations:page", only({*HOLDERS, "administrator"}, others=HIDDEN), NONE, "organisation"),
    Row(
        "organisations:record",
        only({"ig_reviewer"}, others=HIDDEN, refused={*HOLDERS, "administrator"}),
        only({"ig_reviewer"}, others=HIDDEN, refused={*HOLDERS, "administrator"}),
        "organisation",
    ),
    # The colleague leaves by themself. What a signatory proposed, somebody else confirms.
    Row("organisations:end", _ends, _ends, "colleague's place"),
    Row("organisations:invite", _manages, _manages, "organisation"),
    Row("organisations:invitation", WORLD, Cell(REFUSED, nobody=OK), "invitation of a member"),
    Row(
        "organisations:confirm-invitation",
        NONE,
        only({"ig_reviewer", "administrator"}, others=HIDDEN, refused=HOLDERS),
        "proposed member",
    ),
    Row("organisations:withdraw-invitation", NONE, _manages, "proposed member"),
    Row(
        "organisations:lift",
        NONE,
        only({"ig_reviewer", "approver"}, others=HIDDEN, refused={"production_staff", "auditor", "administrator"}),
        "stop",
    ),
    # After a release
    Row("oversight:index", _shelf, NONE),
    Row("oversight:certificates", _shelf, NONE),
    Row("oversight:certificate", _holds, _signs_for, "certificate"),
    Row("oversight:review-certificate", NONE, _keeps_order, "submitted certificate"),
    Row("oversight:confirmations", _shelf, NONE),
    Row("oversight:confirmation", _holds, _signs_for, "confirmation"),
    Row("oversight:audits", _shelf, NONE),
    Row("oversight:new-audit", only({"ig_reviewer"}), only({"ig_reviewer"})),
    Row("oversight:audit", _holds, NONE, "planned audit"),
    Row("oversight:audit", _holds, NONE, "reported audit"),
    Row("oversight:add-finding", NONE, _ig, "planned audit"),
    Row("oversight:report-audit", NONE, _ig, "planned audit"),
    Row("oversight:audit-pdf", only(OVERSEERS, others=HIDDEN), NONE, "planned audit"),
    Row(
        "oversight:close-audit",
        NONE,
        only({"ig_reviewer"}, get=CONFLICT, others=HIDDEN, refused=HOLDERS),
        "reported audit",
    ),
    Row("oversight:add-action", _ig, _ig, "finding"),
    Row(
        "oversight:action",
        _holds,
        Cell(HIDDEN, {**dict.fromkeys(OVERSEERS, REFUSED), **dict.fromkeys(OURS, OK), "ig_reviewer": CONFLICT}),
        "action",
    ),
    Row("oversight:incidents", _shelf, NONE),
    Row("oversight:new-incident", only({*OURS, *RIVALS}), only({*OURS, *RIVALS})),
    Row(
        "oversight:incident",
        _holds,
        only({"ig_reviewer", "approver"}, others=HIDDEN, refused=HOLDERS),
        "incident",
    ),
    Row("oversight:data-notices", _shelf, NONE),
    Row(
        "oversight:new-data-notice",
        only({"ig_reviewer", "production_staff"}),
        only({"ig_reviewer", "production_staff"}),
    ),
    Row("oversight:data-notice", _holds, NONE, "data notice"),
    Row("oversight:close-data-notice", NONE, _keeps_order, "data notice"),
    Row(
        "oversight:acknowledge",
        NONE,
        only({"recipient", "signatory"}, others=HIDDEN, refused=HOLDERS),
        "place in a notice",
    ),
    Row("audit:search", only({"auditor"}), NONE),
    Row("audit:report", only({"auditor"}), NONE, "report of the log"),
    Row("audit:proof", only({"auditor"}), NONE, "event"),
    Row("audit:checkpoint", only({"auditor"}), NONE),
    Row("audit:key", only({"auditor"}), NONE),
    Row("audit:tile", only({"auditor"}), NONE, "tile"),
    # Submissions and opt-outs
    Row("collection:list", only({*SUBMITTERS, "collection_staff", "auditor"}), NONE),
    Row("collection:new", only(set(SUBMITTERS)), only(set(SUBMITTERS))),
    Row("collection:submission", _reads_submission, NONE, "submission"),
    Row("collection:report", _reads_submission, NONE, "submission"),
    Row("opt_outs:list", _officer, NONE),
    Row("opt_outs:find", NONE, _officer),
    Row("opt_outs:record", _officer, _officer),
    Row("opt_outs:accept-list", _officer, _officer, "held list"),
    Row("opt_outs:detail", _officer, NONE, "opt-out"),
    Row("opt_outs:withdraw", _officer, _officer, "opt-out"),
    # Statistics: what is published is for everybody, what is not for publication officers alone.
    Row("statistics:list", WORLD, NOT_THERE),
    Row("statistics:publication", WORLD, NOT_THERE, "published month"),
    Row("statistics:publication", Cell(HIDDEN, nobody=HIDDEN), NOT_THERE, "month in the making"),
    Row("statistics:edition", WORLD, NOT_THERE, "published edition"),
    Row("statistics:edition", Cell(HIDDEN, nobody=HIDDEN), NOT_THERE, "draft of everybody's"),
    Row("statistics:file", WORLD, NOT_THERE, "published file"),
    Row("statistics:file", Cell(HIDDEN, nobody=HIDDEN), NOT_THERE, "file of a draft of everybody's"),
    Row("publications:list", _publishes, NONE),
    Row("publications:edition", _publishes, _publishes, "draft edition"),
    Row("publications:again", NONE, _publishes, "draft edition"),
    Row("publications:take-back", NONE, only({"publication_officer"}, get=CONFLICT), "draft edition"),
    Row("publications:take-back", NONE, _publishes, "approved edition"),
    Row("publications:stop", _publishes, _publishes, "draft edition"),
    Row("publications:revise", _publishes, _publishes, "published month"),
    Row("publications:file", _publishes, NONE, "file of a draft"),
    Row("erasures:list", only({"opt_out_officer", "production_staff", "auditor"}), NONE),
    Row("erasures:report", only({"opt_out_officer", "production_staff", "auditor"}), NONE, "erasure"),
    # Runs
    Row("production:list", only(RUN_READERS), NONE),
    Row("production:run", only(RUN_READERS), NONE, "failed run"),
    Row("production:run", only(RUN_READERS), NONE, "released run"),
    Row("production:api-run", only(RUN_READERS), NONE, "released run"),
    Row("production:retry", NONE, only({"production_staff"}), "failed run"),
    Row("production:retry", NONE, only({"production_staff"}, get=CONFLICT), "released run"),
    Row("production:check", only({"production_staff"}), only({"production_staff"}, get=CONFLICT), "released run"),
    Row("production:write-again", NONE, only({"production_staff"}, get=CONFLICT), "released run"),
    # Files: the list is of those that one may see; staff may see that there are some, and download none.
    Row("delivery:list", ALL, NONE),
    Row("delivery:api-list", ALL, NONE),
    Row("delivery:keys", ALL, only(RECIPIENTS)),
    Row("delivery:retry", NONE, only({"production_staff"}, get=CONFLICT), "package"),
    # Who signs for the recipient's organisation, and colleagues with the right who do not belong to it.
    Row("delivery:confirm-key", _judges_key, _confirms_key, "waiting key"),
    Row(
        "delivery:confirm-key",
        _judges_key,
        only({"signatory", "production_staff"}, get=CONFLICT, others=HIDDEN, refused={"recipient"}),
        "key",
    ),
    Row("delivery:refuse-key", NONE, _confirms_key, "waiting key"),
    Row("delivery:retire-key", NONE, only({"recipient"}, others=HIDDEN), "key"),
    Row(
        "delivery:download",
        only({"recipient"}, others=HIDDEN, refused={"production_staff", "auditor"}),
        NONE,
        "file",
    ),
)
