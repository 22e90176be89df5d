"""The door of applications for panels and agreements."""

from dars.applications.after_approval import register_after_approval
from dars.applications.amendment_models import Amendment
from dars.applications.amendment_rules import AmendmentKind
from dars.applications.amendment_rules import ShortRoute as ChangeRule
from dars.applications.amendments import (
    Changes,
    amendment_of,
    changeable,
    changes,
    lineage_of,
    open_amendment,
    register_follower,
    revision_of,
    term_over,
    under_way,
)
from dars.applications.appeals import UPHELD_TO, appeal, dismiss, uphold
from dars.applications.bars import from_appeal, from_appeals, register_appeal_bars, register_conflict, sees_internal
from dars.applications.case_panels import register_case_panel, register_timeline_titles
from dars.applications.models import Application, Attachment, Move, Redaction, Revision
from dars.applications.moves import locked, move, require_on
from dars.applications.papers import attached, blank_form, documents, paper_pack, papers, readable
from dars.applications.presenters import SectionText, draft_sections, findings, sections_of
from dars.applications.question_notes import QuestionNote, register_question_notes
from dars.applications.questions_told import Nameable, called, nameable, written
from dars.applications.rules import APPEAL_DAYS, EDITABLE, State
from dars.applications.selectors import (
    Particulars,
    appeal_by,
    candidates,
    get,
    in_states,
    is_of_applicants_team,
    latest_revision,
    may_edit,
    moves,
    particulars,
    refusal,
    spec,
    team,
    visible_to,
)
from dars.applications.selectors import appeal as appeal_against
from dars.applications.services import create_application, record_view, submit, withdraw
from dars.applications.services_copies import copy_application, go_on_as
from dars.applications.services_redaction import (
    GIVEN_BY_APPLICANTS,
    redact_answer,
    redact_attachment,
    redact_reason,
    register_redacted,
)
from dars.applications.stages import AGREEMENT as AGREEMENT_STEP
from dars.applications.stages import DATA as DATA_STEP
from dars.applications.stages import After
from dars.applications.teams import cases_of, team_among

__all__ = [
    "AGREEMENT_STEP",
    "APPEAL_DAYS",
    "DATA_STEP",
    "EDITABLE",
    "GIVEN_BY_APPLICANTS",
    "UPHELD_TO",
    "After",
    "Amendment",
    "AmendmentKind",
    "Application",
    "Attachment",
    "ChangeRule",
    "Changes",
    "Move",
    "Nameable",
    "Particulars",
    "QuestionNote",
    "Redaction",
    "Revision",
    "SectionText",
    "State",
    "amendment_of",
    "appeal",
    "appeal_against",
    "appeal_by",
    "attached",
    "blank_form",
    "called",
    "candidates",
    "cases_of",
    "changeable",
    "changes",
    "copy_application",
    "create_application",
    "dismiss",
    "documents",
    "draft_sections",
    "findings",
    "from_appeal",
    "from_appeals",
    "get",
    "go_on_as",
    "in_states",
    "is_of_applicants_team",
    "latest_revision",
    "lineage_of",
    "locked",
    "may_edit",
    "move",
    "moves",
    "nameable",
    "open_amendment",
    "paper_pack",
    "papers",
    "particulars",
    "readable",
    "record_view",
    "redact_answer",
    "redact_attachment",
    "redact_reason",
    "refusal",
    "register_after_approval",
    "register_appeal_bars",
    "register_case_panel",
    "register_conflict",
    "register_follower",
    "register_question_notes",
    "register_redacted",
    "register_timeline_titles",
    "require_on",
    "revision_of",
    "sections_of",
    "sees_internal",
    "spec",
    "submit",
    "team",
    "team_among",
    "term_over",
    "under_way",
    "uphold",
    "visible_to",
    "withdraw",
    "written",
]
