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
    "approver",
    "production_staff",
    "collection_staff",
    "opt_out_officer",
    "auditor",
    "administrator",
)
# The stranger has an account and nothing else; the superuser has Django's flag and no role.
SIGNED_IN = ("stranger", "superuser", *OURS, *RIVALS, *SUBMITTERS, *ROLES)

REVIEWERS = {"ig_reviewer", "production_reviewer"}
PANEL = {"panel_member", "panel_chair"}
CASE_STAFF = {*REVIEWERS, *PANEL, "approver", "auditor"}
JUDGES = CASE_STAFF - {"auditor"}
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
_declares = only(JUDGES, others=HIDDEN, refused={"creator", "auditor"})
_officer = only({"opt_out_officer"})
_reads_submission = only(SUBMISSION_READERS, others=HIDDEN)

MATRIX = (
    Row("home", ALL, NONE),
    Row("health:live", WORLD, NOT_THERE),
    Row("health:ready", WORLD, NOT_THERE),
    # Whoever is signed in is sent on to the first page; a wrong password is told.
    Row("accounts:sign-in", WORLD, Cell(OK, nobody=CONFLICT)),
    Row("accounts:sign-out", NONE, ALL),
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
    Row(
        "agreements:lift",
        NONE,
        only({"approver"}, get=CONFLICT, others=HIDDEN, refused=AGREEMENT_READERS),
        "agreement in force",
    ),
    Row("audit:search", only({"auditor"}), NONE),
    # Submissions and opt-outs
    Row("collection:list", only({*SUBMITTERS, "collection_staff", "auditor"}), NONE),
    Row("collection:new", only(set(SUBMITTERS)), only(set(SUBMITTERS))),
    Row("collection:submission", _reads_submission, NONE, "submission"),
    Row("collection:report", _reads_submission, NONE, "submission"),
    Row("opt_outs:list", _officer, NONE),
    Row("opt_outs:find", NONE, _officer),
    Row("opt_outs:record", _officer, _officer),
    Row("opt_outs:detail", _officer, NONE, "opt-out"),
    Row("opt_outs:withdraw", _officer, _officer, "opt-out"),
    # Runs
    Row("production:list", only(RUN_READERS), NONE),
    Row("production:run", only(RUN_READERS), NONE, "failed run"),
    Row("production:run", only(RUN_READERS), NONE, "released run"),
    Row("production:api-run", only(RUN_READERS), NONE, "released run"),
    Row("production:retry", NONE, only({"production_staff"}), "failed run"),
    Row("production:retry", NONE, only({"production_staff"}, get=CONFLICT), "released run"),
    # Files: the list is of those that one may see; staff may see that there are some, and download none.
    Row("delivery:list", ALL, NONE),
    Row("delivery:api-list", ALL, NONE),
    Row("delivery:keys", ALL, only(RECIPIENTS)),
    Row("delivery:retire-key", NONE, only({"recipient"}, others=HIDDEN), "key"),
    Row(
        "delivery:download",
        only({"recipient"}, others=HIDDEN, refused={"production_staff", "auditor"}),
        NONE,
        "file",
    ),
)
