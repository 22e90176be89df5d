"""Which opt-outs a flow honours and why, from its confidentiality and legal bases; decides nothing about access.

Source: National data opt-out operational policy and the data uses register's wording. Opt-outs made directly to the DID
apply to every release, whatever the basis.
"""

from extracts.catalogue.spec import (
    IDENTIFIABLE,
    REASON_CONSENT,
    REASON_NOT_IDENTIFIABLE,
    REASON_S251,
    REASON_STATUTORY,
    OptOutPolicy,
    SpecError,
)

CONFIDENTIALITY_BASES = {
    "consent": "Consent of the people the data are about",
    "s251": "Section 251 support (NHS Act 2006)",
    "not_confidential": "Not confidential patient information",
}
# Health and Social Care Act 2012 section 261, and what else releases rest on.
DISSEMINATION_BASES = {
    "s261_2_a": "Health and Social Care Act 2012 s261(1) and s261(2)(a)",
    "s261_2_b_ii": "Health and Social Care Act 2012 s261(1) and s261(2)(b)(ii)",
    "s261_2_c": "Health and Social Care Act 2012 s261(1) and s261(2)(c), with consent",
    "s261_5_d": "Health and Social Care Act 2012 s261(5)(d)",
    "s261_7": "Health and Social Care Act 2012 s261(7), with NHS Act 2006 s251",
    "copi_3": "Health Service (Control of Patient Information) Regulations 2002, regulation 3",
}
RESTS_ON_S251 = frozenset({"s261_7"})
STATUTORY = frozenset({"s261_5_d", "copi_3"})


def opt_out_policy(basis: str, dissemination: str, identifiability: str) -> OptOutPolicy:
    """The policy for a flow. Raises SpecError when a basis is unknown or the bases cannot carry identifiable data."""
    if basis not in CONFIDENTIALITY_BASES:
        raise SpecError([("confidentiality.basis", "Choose the confidentiality basis")])
    if dissemination not in DISSEMINATION_BASES:
        raise SpecError([("legal.dissemination", "Choose the legal basis for dissemination")])
    if basis == "s251" or dissemination in RESTS_ON_S251:  # whichever of the two says so: doubt is for the patient
        return OptOutPolicy(national=True, reason=REASON_S251)
    if basis == "consent":
        return OptOutPolicy(national=False, reason=REASON_CONSENT)
    if dissemination in STATUTORY:
        return OptOutPolicy(national=False, reason=REASON_STATUTORY)
    if identifiability == IDENTIFIABLE:
        raise SpecError(
            [
                (
                    "confidentiality.basis",
                    "Identifiable data need consent, section 251 or a statute",
                )
            ]
        )
    return OptOutPolicy(national=False, reason=REASON_NOT_IDENTIFIABLE)
