"""The standard's XML layout: DIDS > DIDSRecord > person, referral, activities; blank items are left out."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PERSONAL = {
    "NHS_NUMBER": "NHSNumber",
    "NHS_NUMBER_STATUS": "NHSNumberStatus",
    "BIRTH_DATE": "PersonBirthDate",
    "ETHNIC_CATEGORY": "EthnicCategory",
    "GENDER": "PersonGender",
    "POSTCODE": "Postcode",
    "GP_PRACTICE": "GPPractice",
}
REFERRALS = {
    "PATIENT_SOURCE": "PatientSource",
    "REFERRER_CODE": "ReferrerCode",
    "REFERRING_ORGANISATION": "ReferringOrganisation",
    "REQUEST_DATE": "DiagnosticTestRequestDate",
    "REQUEST_RECEIVED_DATE": "DiagnosticTestRequestReceivedDate",
}
ACTIVITY = {
    "IMAGING_CODE_NICIP": "ImagingCodeNICIP",
    "IMAGING_CODE_SNOMED": "ImagingCodeSNOMED",
    "TEST_DATE": "DiagnosticTestDate",
    "REPORT_ISSUE_DATE": "ServiceReportIssueDate",
    "IMAGING_SITE": "ImagingSite",
    "ACCESSION_NUMBER": "AccessionNumber",
}


def xml_bytes(rows: pa.Table, new_record: np.ndarray) -> bytes:
    """A submission. `new_record` says which rows begin a DIDSRecord (the first must); the others add an activity to it.

    No value holds a character that XML would have to escape.
    """
    begins, ends = pa.array(new_record), pa.array(np.append(new_record[1:], True))
    head = _join(
        ["<DIDSRecord>", _element("PersonalAndDemographics", rows, PERSONAL), _element("Referrals", rows, REFERRALS)]
    )
    none = pa.scalar(None, pa.string())
    text = _join(
        [
            pc.if_else(begins, head, none),
            _element("ImagingActivity", rows, ACTIVITY),
            pc.if_else(ends, pa.scalar("</DIDSRecord>\n"), none),
        ]
    )
    size = np.frombuffer(text.buffers()[1], dtype=np.int32, count=len(text) + 1)[-1]
    body = text.buffers()[2].slice(0, size).to_pybytes()
    return b'<?xml version="1.0" encoding="UTF-8"?>\n<DIDS>\n' + body + b"</DIDS>\n"


def _element(name: str, rows: pa.Table, items: dict[str, str]) -> pa.Array:
    parts = [f"<{name}>"]
    for column, tag in items.items():
        value = rows[column].combine_chunks().cast(pa.string())
        parts.append(pc.binary_join_element_wise(f"<{tag}>", value, f"</{tag}>", ""))
    return _join([*parts, f"</{name}>"])


def _join(parts: list) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")
