"""The made-up organisations and people of a demonstration: one of every part there is. No data, no cases."""

from dataclasses import dataclass

from dars.core.roles import Role


@dataclass(frozen=True)
class Body:
    """An organisation; `assured` ones hold a DSPT status, an ICO registration and a framework contract."""

    code: str
    name: str
    kind: str
    assured: bool = True


@dataclass(frozen=True)
class Person:
    """Someone with an account: either roles in the service, or parts in an organisation."""

    email: str
    name: str
    roles: tuple[Role, ...] = ()
    body: str = ""
    parts: tuple[str, ...] = ()
    sits: tuple[str, str, bool] | None = None  # on the panel: seat, what they bring, independent
    office: str = ""  # in whose name an approver decides

    @property
    def does(self) -> str:
        """In words, for the list of accounts."""
        return ", ".join([role.label for role in self.roles] or [part.capitalize() for part in self.parts])


BODIES = [
    Body("UWX01", "University of Imagined Wessex", "university"),
    Body("UNB02", "Northbarrow University", "university"),
    Body("CUI03", "Underwell Insurance Analytics Ltd", "company"),
]

PEOPLE = [
    Person("applicant@wessex.example", "Asha Bello", body="UWX01", parts=("applicant",)),
    Person("signatory@wessex.example", "Siân Doyle", body="UWX01", parts=("signatory",)),
    Person("analyst@wessex.example", "Ravi Lindqvist", body="UWX01", parts=("recipient",)),
    Person("applicant@northbarrow.example", "Noor Petit", body="UNB02", parts=("applicant", "signatory", "recipient")),
    Person("applicant@underwell.example", "Ulric Vane", body="CUI03", parts=("applicant", "signatory", "recipient")),
    Person("reviewer@dars.example", "Iris Gold", roles=(Role.IG_REVIEWER,)),
    Person("production-reviewer@dars.example", "Priya Hale", roles=(Role.PRODUCTION_REVIEWER,)),
    Person("secretariat@dars.example", "Selma Birch", roles=(Role.SECRETARIAT,)),
    Person("chair@dars.example", "Conrad Ives", roles=(Role.PANEL_CHAIR,), sits=("chair", "research", True)),
    Person("deputy@dars.example", "Delia Thorn", roles=(Role.PANEL_CHAIR,), sits=("deputy", "ethics", True)),
    Person("clinical@dars.example", "Dr Cleo March", roles=(Role.PANEL_MEMBER,), sits=("member", "clinical", False)),
    Person("ethics@dars.example", "Edwin Quill", roles=(Role.PANEL_MEMBER,), sits=("member", "ethics", True)),
    Person("lay@dars.example", "Lowri Penn", roles=(Role.PANEL_MEMBER,), sits=("member", "lay", True)),
    Person("approver@dars.example", "Ada Wren", roles=(Role.APPROVER,)),
    Person("guardian@dars.example", "Gwen Hollis", roles=(Role.APPROVER,), office="caldicott"),
    Person("production@dars.example", "Pavel Stone", roles=(Role.PRODUCTION_STAFF,)),
    Person("output-checker@dars.example", "Oona Reeve", roles=(Role.PRODUCTION_STAFF,)),
    Person("collection@dars.example", "Cora Finch", roles=(Role.COLLECTION_STAFF,)),
    Person("opt-outs@dars.example", "Olive Tarn", roles=(Role.OPT_OUT_OFFICER,)),
    Person("second-opt-outs@dars.example", "Owen Lisle", roles=(Role.OPT_OUT_OFFICER,)),
    Person("statistics@dars.example", "Stella Rowan", roles=(Role.PUBLICATION_OFFICER,)),
    Person("second-statistics@dars.example", "Tom Ashby", roles=(Role.PUBLICATION_OFFICER,)),
    Person("auditor@dars.example", "Aled Marsh", roles=(Role.AUDITOR,)),
    Person("administrator@dars.example", "Ann Croft", roles=(Role.ADMINISTRATOR,)),
    Person("second-administrator@dars.example", "Bram Oake", roles=(Role.ADMINISTRATOR,)),
]

# The first provider of the synthetic England gets somebody who submits for it.
SUBMITTER = ("submitter@provider.example", "Sol Fraser")
