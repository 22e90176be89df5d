"""The processes of the running service: the checks of their containers find them, and no log tells who a patient is."""

import csv
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from deploy.local.visitor import Disappointed, Page, Visitor
from tests.journeys.conftest import ROOT, House
from tests.security import sentinels
from tests.unit.extracts.collection.samples import csv_text, several

PATIENCE_SECONDS = 60
# The month before the first of the synthetic England, so that nothing of it is replaced.
MONTH = {"period_month": "3", "period_year": "2026"}
DATES = {
    "request_date": "2026-03-01",
    "received_date": "2026-03-02",
    "test_date": "2026-03-09",
    "report_date": "2026-03-12",
}
PLANTED = {
    "birth_date": sentinels.BIRTH_DATE,
    "postcode": sentinels.POSTCODE,
    "accession_number": sentinels.ACCESSION,
    "referrer_code": sentinels.REFERRER,
}
RECORDS = [
    {"nhs_number": sentinels.PATIENT} | PLANTED,
    {"nhs_number": sentinels.WRONG_NUMBER, "birth_date": sentinels.IMPOSSIBLE_DATE},
    {"nhs_number": sentinels.PATIENT, "gender": sentinels.NAME, "patient_source": sentinels.PATIENT},  # rejected
    PLANTED,  # rejected: the accession number is there already
]


def send(submitter: Visitor, text: str) -> Page:
    """Uploads a file and waits until it has been checked; the submission's page."""
    page = submitter.open("/submissions/new/")
    page = submitter.press(page, "Upload", MONTH, files={"file": ("march.csv", text.encode())})
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "Accepted" not in page.text and "Refused" not in page.text:
        assert time.monotonic() < deadline, page.text
        time.sleep(0.2)
        page = submitter.open(page.url)
    return page


def test_no_log_of_a_running_process_tells_who_a_patient_is(house: House) -> None:
    with (house.state / "synthetic" / "reference" / "ets.csv").open() as file:
        sites = {row[0]: row[14] for row in csv.reader(file)}
    with Visitor(house.base_url) as submitter, Visitor(house.base_url) as officer:
        submitter.sign_in(house.person("submitter@provider")["email"], house.cast["password"])
        form = submitter.open("/submissions/new/")
        provider = form.tree.xpath("//*[@name='provider']/@value")[0]
        site = next(site for site, owner in sites.items() if owner == provider)
        good = csv_text(several(*(DATES | {"site": site} | changes for changes in RECORDS)))
        assert "Refused" in send(submitter, good.replace("REFERRER_CODE", "SURNAME")).text
        assert "Accepted" in send(submitter, good).text
        officer.sign_in(house.person("opt-outs@dars")["email"], house.cast["password"])
        page = officer.open(f"/opt-outs/?q={sentinels.PATIENT}")  # where no number belongs
        for number in (sentinels.WRONG_NUMBER, sentinels.PATIENT):
            with suppress(Disappointed):  # no number, and nobody's
                officer.press(page, "Find", {"nhs_number": number})
    logs = sentinels.files_under(house.state / "log")
    assert {path.stem for path in logs} == {"web", "worker", "beat", "relay"}
    assert "collection.process" in (house.state / "log" / "worker.log").read_text()
    assert sentinels.seen_in_files(logs) == {}


NOT_THERE = {
    "web": {"BIND": "127.0.0.1:1"},
    "worker": {"WORKER_NAME": "another"},
    "beat": {"REDIS_URL": "redis://127.0.0.1:1/0"},
    "relay": {"REDIS_URL": "redis://127.0.0.1:1/0"},
}


@pytest.mark.parametrize("role", NOT_THERE)
def test_the_check_of_each_container_finds_its_process_and_no_other(house: House, role: str) -> None:
    def alive(**environment: str) -> bool:
        """As the health check of docker-compose.yml asks."""
        command = [sys.executable, "deploy/healthcheck.py", role]
        told = house.environment | {"PYTHONPATH": str(ROOT)} | environment
        return subprocess.run(command, cwd=ROOT, env=told, capture_output=True).returncode == 0

    deadline = time.monotonic() + PATIENCE_SECONDS
    while not alive():  # beat gives its first sign with the first task that it sends
        assert time.monotonic() < deadline
    assert not alive(**NOT_THERE[role])
