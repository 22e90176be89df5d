"""Made-up submissions for tests: one good record, changed as a test needs it, as CSV or XML."""

import datetime as dt
from pathlib import Path
from xml.sax.saxutils import escape

from extracts.collection.intake.collection import Collection
from extracts.collection.intake.did import DID
from extracts.collection.intake.rule import Setting
from extracts.collection.intake.run import Intake, take_in

SETTING = Setting("XA1", "2026-04", dt.date(2026, 11, 22), {"XA101": "XA1", "XB201": "XB2"})
SECRET = b"k" * 32

GOOD = {
    "nhs_number": "9990000018",
    "nhs_number_status": "01",
    "birth_date": "1961-07-30",
    "ethnic_category": "A1",
    "gender": "2",
    "postcode": "QA1 2BC",
    "gp_practice": "Q99001",
    "patient_source": "04",
    "referrer_code": "G1234567",
    "referring_org": "Q99001",
    "request_date": "2026-04-01",
    "received_date": "2026-04-02",
    "nicip": "XCHES",
    "snomed": "399208008",
    "test_date": "2026-04-09",
    "report_date": "2026-04-12",
    "site": "XA101",
    "accession_number": "RIS 0001",
}
GROUPS = ("PersonalAndDemographics", "Referrals", "ImagingActivity")


def record(**changes: str) -> dict[str, str]:
    return GOOD | changes


def several(*changes: dict[str, str]) -> list[dict[str, str]]:
    """Records with accession numbers of their own, unless a change gives one."""
    return [record(**({"accession_number": f"RIS {place:04}"} | change)) for place, change in enumerate(changes, 1)]


def csv_text(records: list[dict[str, str]], collection: Collection = DID) -> str:
    lines = [",".join(collection.layout.columns)]
    lines += [",".join(_quoted(one[name]) for name in collection.layout.names) for one in records]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n') else text


def xml_text(records: list[dict[str, str]], head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    return f"{head}\n<DIDS>\n" + "\n".join(xml_record(one) for one in records) + "\n</DIDS>\n"


def xml_record(one: dict[str, str]) -> str:
    groups = ""
    for group in GROUPS:
        items = [item for item in DID.dataset.items if item.xml.startswith(group)]
        groups += f"<{group}>{''.join(_element(item.xml, one[item.name]) for item in items)}</{group}>"
    return f"<DIDSRecord>{groups}</DIDSRecord>"


def _element(path: str, text: str) -> str:
    name = path.rpartition("/")[2]
    return f"<{name}>{escape(text)}</{name}>" if text else f"<{name}/>"


def taken_in(
    folder: Path, content: str | bytes, *, collection: Collection = DID, setting: Setting = SETTING, **more
) -> Intake:
    """What intake makes of a file with this content."""
    path = folder / "submission"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    room = folder / "room"
    room.mkdir(exist_ok=True)
    return take_in(path, collection, setting, room, secret=SECRET, **more)
