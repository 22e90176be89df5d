"""What the frame of every page needs: the header's pages, the nonce of its one script, whether data are made up."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from dars.accounts.public import two_people
from dars.core.permissions import P, role_rights
from dars.notices.public import unread_count
from dars.organisations.public import memberships_of

_JUDGE = frozenset({P.APPLICATION_REVIEW, P.PANEL_VOTE, P.PANEL_MANAGE, P.CASE_DECIDE})  # whoever works on cases
# (label, page, rights of which one suffices), the daily work first; an empty set: everybody who is signed in.
_PAGES: list[tuple[str, str, frozenset[P]]] = [
    ("Home", "home", frozenset()),
    ("Reviews", "panels:reviews", frozenset({P.APPLICATION_REVIEW})),
    ("Panel", "panels:panel", frozenset({P.PANEL_VOTE})),
    ("Meetings", "panels:meetings", frozenset({P.PANEL_VOTE, P.PANEL_MANAGE, P.AUDIT_VIEW})),
    ("Decisions", "panels:decisions", frozenset({P.CASE_DECIDE})),
    ("Appeals", "correspondence:appeals", frozenset({P.CASE_DECIDE})),
    ("Applications", "applications:list", frozenset({P.APPLICATION_VIEW})),
    ("Agreements", "agreements:list", frozenset({P.AGREEMENT_VIEW})),
    ("After the release", "oversight:index", frozenset({P.OVERSIGHT_VIEW})),
    ("Organisations", "organisations:list", frozenset({P.ORGANISATION_VIEW})),
    ("Conditions", "panels:conditions", _JUDGE),
    ("Precedents", "panels:precedents", _JUDGE | {P.AUDIT_VIEW}),
    ("Panel members", "panels:members", frozenset({P.PANEL_MANAGE})),
    ("Runs", "production:list", frozenset({P.RUN_VIEW})),
    ("Keys", "delivery:keys", frozenset({P.KEY_CONFIRM})),
    ("Submissions", "collection:list", frozenset({P.SUBMISSION_VIEW})),
    ("Opt-outs", "opt_outs:list", frozenset({P.OPT_OUT_RECORD})),
    ("Publications", "publications:list", frozenset({P.STATISTICS_PUBLISH})),
    ("Erasures", "erasures:list", frozenset({P.ERASURE_VIEW})),
    ("Audit trail", "audit:search", frozenset({P.AUDIT_VIEW})),
    (
        "Offices",
        "panels:offices",
        frozenset({P.PANEL_VOTE, P.PANEL_MANAGE, P.CASE_DECIDE, P.AUDIT_VIEW, P.ACCOUNT_MANAGE}),
    ),
    ("People", "accounts:people", frozenset({P.ACCOUNT_MANAGE})),
]
_FOR_ALL = ("Catalogue", "catalogue:list")  # after what somebody has to do
# Pages that come with a part in an organisation.
_OWED = [("After the release", "oversight:index"), ("Organisations", "organisations:list")]
_MEMBER_PAGES = {
    "applicant": [("Applications", "applications:list"), *_OWED],
    "signatory": [("Agreements", "agreements:list"), ("Keys", "delivery:keys"), *_OWED],
    "recipient": [("Files", "delivery:list"), ("Keys", "delivery:keys"), *_OWED],
    "submitter": [("Submissions", "collection:list"), ("Organisations", "organisations:list")],
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`navigation`: the header's items; `unread`: how many notices; `my_memberships`; `cspNonce`; `made_up` data?"""
    frame = {"cspNonce": getattr(request, "csp_nonce", ""), "made_up": settings.DEVELOPMENT}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": [], **frame}
    rights = role_rights(user)
    pages = [(label, name) for label, name, needed in _PAGES if not needed or needed & rights]
    if rights & two_people.rights():
        pages.append(("Proposals", "accounts:proposals"))
    memberships = list(memberships_of(user))
    for membership in memberships:
        pages += [page for page in _MEMBER_PAGES[membership.role] if page not in pages]
    pages.append(_FOR_ALL)
    items = [{"text": label, "href": reverse(name)} for label, name in pages]
    # The page one is on lies under several addresses ("/", "/files/", "/files/keys/"): the longest is the one meant.
    here = max((item["href"] for item in items if request.path.startswith(item["href"])), key=len)
    is_home = here == "/" and request.path != "/"
    return {
        "navigation": [{**item, "active": item["href"] == here and not is_home} for item in items],
        "unread": unread_count(user),
        "my_memberships": memberships,
        **frame,
    }
