"""What an amendment changes, for those who judge it: held against what was approved, at each revision. Reads only."""

from dataclasses import dataclass, replace

from dars.applications.public import Amendment, Revision, SectionText, amendment_of, draft_sections, spec
from dars.correspondence.public import SectionChange, compare
from extracts.catalogue.public import ExtractSpec


@dataclass(frozen=True)
class Amended:
    """A revision of an amendment held against the approved one that it started from.

    `compared`: the sections that differ; `changed` and `stays`: the sections of the revision in words, told apart by
    that; `same_data`: it would reveal exactly what was approved.
    """

    amendment: Amendment
    compared: list[SectionChange]
    changed: list[SectionText]
    stays: list[SectionText]
    same_data: bool

    @property
    def base(self) -> Revision:
        return self.amendment.base

    @property
    def kind(self) -> str:
        """In a sentence: amendment, extension or renewal."""
        return self.amendment.get_kind_display().lower()


def amended(revision: Revision) -> Amended | None:
    """None for a revision of a first application."""
    amendment = amendment_of(revision.application)
    if amendment is None:
        return None
    after = draft_sections(revision.answers)
    found = [each for each in compare(draft_sections(amendment.base.answers), after) if each.changes]
    keys = {each.key for each in found}
    return Amended(
        amendment=amendment,
        compared=found,
        changed=[text for text in after if text.key in keys],
        stays=[text for text in after if text.key not in keys],
        same_data=_reveals_the_same(spec(amendment.base), spec(revision)),
    )


def _reveals_the_same(before: ExtractSpec, after: ExtractSpec) -> bool:
    """Whether two specifications differ in nothing but which revision they are of."""
    return replace(before, reference=after.reference, revision=after.revision) == after
