"""The main job through the public HTTP interface, as its people would do it: from a draft to a verified extract.

Each step signs in as the person it takes, reads pages, fills in forms and presses buttons. Prints one line a step; the
first thing that is not as it should be ends it with a line that says what, and exit code 1. It touches neither the
database nor the service's folders: from the state folder it reads the accounts of the demonstration, and, to hold the
answers against, the ground truth of the synthetic England.
"""

import argparse
import base64
import datetime as dt
import hashlib
import json
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyrage

from deploy.local import applying, examples, four_questions
from deploy.local.visitor import Disappointed, Page, Visitor
from extracts.synthetic.public import truth_answers

_PATIENCE_SECONDS = 60
_POLL_SECONDS = 0.2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--state", type=Path, required=True)
    arguments = parser.parse_args()
    job = MainJob(arguments.base_url, arguments.state)
    try:
        job.perform()
    except Exception as problem:  # whatever it is: the step that failed is what somebody looks for
        if not isinstance(problem, Disappointed | httpx.HTTPError | OSError):
            traceback.print_exc()
        print(f"        FAILED  {job.doing}: {problem or type(problem).__name__}", flush=True)
        return 1
    job.say_who_there_is()
    return 0


class MainJob:
    """One application from draft to extract, and one that is refused."""

    def __init__(self, base_url: str, state: Path) -> None:
        self.base_url = base_url
        self.cast = json.loads((state / "demo" / "accounts.json").read_text())
        self.world = state / "synthetic"
        self.folder = state / "demo" / "received"
        self.doing = "starting"
        self.reference = self.agreement = ""
        self.package: dict[str, Any] = {}
        self._sessions: dict[str, Visitor] = {}

    def perform(self) -> None:
        """Every step in turn; raises Disappointed at the first that goes wrong."""
        since = time.monotonic()
        key = pyrage.x25519.Identity.generate()
        with self._step("the recipient registers a public key") as say:
            analyst = self._as("analyst@wessex")
            page = analyst.press(
                analyst.open("/files/keys/"),
                "Register this key",
                {"public_key": str(key.to_public()), "code": analyst.code()},
            )
            say(_banner(page))
        with self._step("a second person compares the key’s fingerprint and confirms it") as say:
            say(self._confirm(_fingerprint(key)))
        with self._step("an organisation applies: draft, sections, declaration") as say:
            say(self._apply(self._study()))
        with self._step("the request was screened on submission") as say:
            applicant = self._as("applicant@wessex")
            case = applicant.json(f"/applications/api/{self.reference}/")
            _expect(case["state"] == "in_review", f"the application is {case['state_label']}, not in review")
            say(f"{len(case['findings'])} rules, none refuses; specification {case['spec_sha256'][:16]}…")
        with self._step("a reviewer sends it to the panel") as say:
            reviewer = self._as("reviewer@dars")
            page = reviewer.open(f"/reviews/{self.reference}/")
            note = "Purposes, legal bases and minimisation are in order."
            reviewer.press(page, "Record the review", {"outcome": "to_panel", "note": note})
            say("recorded")
        with self._step("the panel advises") as say:
            say(self._advise())
        with self._step("the approver approves") as say:
            approver = self._as("approver@dars")
            page = approver.open(f"/decisions/{self.reference}/")
            reasons = "The benefit to health is clear, the data are the least that answer the questions."
            approver.press(page, "Record the decision", {"outcome": "approve", "reasons": reasons})
            say("that queued the Celery run")
        with self._step("the run is queued, prepared and checked; no file exists yet") as say:
            run = self._run_in("prepared")
            rows = ", ".join(f"{table['rows']:,} {name}" for name, table in run["measure"]["tables"].items())
            say(f"would hold {rows} rows")
        with self._step("all parties sign the agreement") as say:
            say(self._sign())
        with self._step("the run writes and checks its files") as say:
            run = self._run_in("written")
            say(f"{len(run['checks'])} checks passed; nothing goes out yet")
        with self._step("a colleague who did not produce it checks the output") as say:
            say(self._check_output(run))
        with self._step("the files are encrypted and released") as say:
            run = self._run_in("released")
            say(f"{sum(item['rows'] for item in run['files']):,} rows in all files")
        with self._step("the recipient downloads, one file in two halves") as say:
            analyst = self._as("analyst@wessex")
            say(self._download(analyst))
        with self._step("the recipient decrypts with the key and checks the manifest") as say:
            say(self._decrypt(key))
        with self._step("the four questions, from the extract alone") as say:
            say(self._ask())
        with self._step("the audit trail of the case, as the auditor reads it") as say:
            say(self._audit_trail())
        with self._step("the statistics of the month: a draft by the service, approved by a person") as say:
            say(self._publish())
        with self._step("a solely commercial application is refused") as say:
            say(self._be_refused())
        print(f"{time.monotonic() - since:6.1f} s  the main job", flush=True)

    def say_who_there_is(self) -> None:
        """The address and an account for each role."""
        print(f"\n{self.base_url}  Everybody's password: {self.cast['password']}")
        for account in self.cast["accounts"]:
            print(f"  {account['email']:<32} {account['name']:<18} {account['does']}", flush=True)
        print("A code to sign with, as an authenticator app would show it: make code WHO=signatory@wessex", flush=True)

    # --- Steps -------------------------------------------------------------------------------------------------------

    def _confirm(self, fingerprint: str) -> str:
        """`fingerprint`: as the recipient, who has calculated it, reads it to a colleague of the service."""
        staff = self._as("production@dars")
        waiting = [staff.open(address) for address in _links(staff.open("/files/keys/"), "/files/keys/")]
        page = next((page for page in waiting if fingerprint in page.text.split()), None)
        _expect(page is not None, "no key with this fingerprint waits to be confirmed")
        return _banner(staff.press(page, "Confirm this key", {"compared": "telephone", "code": staff.code()}))

    def _study(self) -> tuple[str, str, examples.Example]:
        people = {"recipients": ["analyst@wessex.example"], "signatories": ["signatory@wessex.example"]}
        study = examples.lung_cancer_study(organisation="UWX01", starts=_today(), **people)
        return "applicant@wessex", examples.LUNG_CANCER_TITLE, study

    def _apply(self, application: tuple[str, str, examples.Example]) -> str:
        who, title, answers = application
        applicant = self._as(who)
        self.reference = applying.start(applicant, title)
        applying.answer(applicant, self.reference, answers)
        applying.submit(applicant, self.reference)
        return f"{self.reference}, {len(answers)} sections, with the committee's letter"

    def _advise(self) -> str:
        members = ("clinical@dars", "ethics@dars", "lay@dars", "chair@dars")
        secretariat = self._as("secretariat@dars")
        today = _today()
        day = {"held_on_day": str(today.day), "held_on_month": str(today.month), "held_on_year": str(today.year)}
        page = secretariat.open("/meetings/new/")
        page = secretariat.press(page, "Save the meeting", {**day, "starts_at": "10:00", "place": "Leeds"})
        meeting = httpx.URL(page.url).raw_path.decode()
        page = secretariat.press(page, "Add to the agenda", {"case": self.reference})
        secretariat.press(page, "Make the papers")
        page = secretariat.open(meeting)
        there = [self._value(page, self._account(member)["name"]) for member in members]
        secretariat.press(page, "Open the meeting", {"present": there})
        for member in members:
            visitor = self._as(member)
            page = visitor.open(f"/panel/{self.reference}/vote/")
            reasons = "The request is proportionate and its benefit is public."
            visitor.press(page, "Record my vote", {"choice": "support", "rationale": reasons})
        chair = self._as("chair@dars")
        page = chair.open(f"/panel/{self.reference}/advice/")
        summary = "All members support the application."
        chair.press(page, "Record the advice", {"outcome": "support", "summary": summary})
        chair.press(chair.open(meeting), "Close the meeting")
        page = chair.press(chair.open(f"{meeting}minutes/"), "Confirm the minutes")
        _expect("Confirmed by" in page.text, "the minutes are not confirmed")
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while "version 1 (PDF)" not in (page := chair.open(meeting)).text:
            _expect(time.monotonic() < deadline, "the papers of the meeting were not made")
            time.sleep(_POLL_SECONDS)
        papers = chair.download(page.link("Papers, version 1"))
        _expect(papers.content.startswith(b"%PDF"), "the papers of the meeting are no PDF")
        return f"a quorate meeting, {len(members)} votes, supportive; papers of {len(papers.content):,} bytes, minutes"

    @staticmethod
    def _value(page: Page, words: str) -> str:
        """The value of the box whose label begins with these words."""
        for label in page.tree.xpath("//main//label"):
            if " ".join(label.text_content().split()).startswith(words):
                return page.tree.get_element_by_id(label.get("for")).get("value")
        raise Disappointed(f"“{page.heading}” has no box for “{words}”")

    def _sign(self) -> str:
        signatories = ("signatory@wessex", "approver@dars")
        for who in signatories:
            visitor = self._as(who)
            agreements = visitor.open("/agreements/")
            self.agreement = _agreement_of(agreements, self.reference)
            page = visitor.open(f"/agreements/{self.agreement}/")
            name = self._account(who)["name"]
            page = visitor.press(page, "Sign", {"typed_name": name, "authority": "on", "code": visitor.code()})
        state = "in force"
        _expect(state in page.text.lower(), f"the agreement {self.agreement} is not {state}")
        return f"{self.agreement} is {state}"

    def _check_output(self, run: dict[str, Any]) -> str:
        checker = self._as("output-checker@dars")
        page = checker.open(f"/runs/{run['id']}/check/")
        below = run["found"]["measure"]["k_anonymity"]["people_below_k"]
        verdict = {"verdict": "cleared", "words": "What is in the files is what was approved."}
        if below:
            verdict["acceptance"] = "The contract forbids re-identification; coarser bands answer nothing."
        checker.press(page, "Record the verdict", verdict)
        return f"cleared, with {below} people in classes smaller than k accepted"

    def _download(self, analyst: Visitor) -> str:
        self.package = next(
            package for package in analyst.json("/files/api/")["packages"] if package["agreement"] == self.agreement
        )
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, mode=0o700)
        largest = max(self.package["files"], key=lambda file: file["size"])
        for file in self.package["files"]:
            content = _in_halves(analyst, file) if file is largest else _whole(analyst, file)
            _expect(hashlib.sha256(content).hexdigest() == file["sha256"], f"{file['name']} is not as announced")
            (self.folder / file["name"]).write_bytes(content)
        size = sum(file["size"] for file in self.package["files"])
        return f"{len(self.package['files'])} files, {size:,} bytes, hashes as announced"

    def _decrypt(self, key: Any) -> str:
        for file in self.package["files"]:
            path = self.folder / file["name"]
            pyrage.decrypt_file(str(path), str(path.with_suffix("")), [key])
        manifest = json.loads((self.folder / "manifest.json").read_text())
        for entry in manifest["files"]:
            content = (self.folder / entry["name"]).read_bytes()
            _expect(
                hashlib.sha256(content).hexdigest() == entry["sha256"], f"{entry['name']} differs from the manifest"
            )
        applicant = self._as("applicant@wessex")
        approved = applicant.json(f"/applications/api/{self.reference}/")["spec_sha256"]
        _expect(manifest["spec_sha256"] == approved, "the extract was not made from the approved specification")
        return f"{len(manifest['files'])} files as the manifest says, made from the approved specification"

    def _ask(self) -> str:
        answers = four_questions.of_extract(self.folder)
        gaps = four_questions.beyond_tolerance(answers, truth_answers(self.world, opt_outs="did"))
        _expect(not gaps, "; ".join(gaps))
        lines = [*four_questions.in_words(answers), "each within the stated tolerance of the ground truth"]
        return "".join(f"\n            {line}" for line in lines)

    def _audit_trail(self) -> str:
        auditor = self._as("auditor@dars")
        page = auditor.open(f"/audit/?case={self.reference}")
        events = _events(page)
        while older := page.tree.xpath("//main//a[@rel='next']/@href"):
            page = auditor.open(httpx.URL(page.url).join(older[0]).raw_path.decode())
            events += _events(page)
        wanted = {"application.submitted", "agreement.in_force", "file.released", "file.downloaded"}
        missing = wanted - {kind for _, _, kind, *_ in events}
        _expect(not missing, f"the audit trail lacks {', '.join(sorted(missing))}")
        return "".join(f"\n            {when}  {kind}  {who}" for _, when, kind, who, *_ in reversed(events))

    def _publish(self) -> str:
        officer, everybody = self._as("statistics@dars"), Visitor(self.base_url)
        if _links(everybody.open("/statistics/"), "/statistics/2"):
            return f"published before: {self.base_url}/statistics/"
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not (drafts := _links(officer.open("/publications/"), "/publications/", "Waiting for approval")):
            _expect(time.monotonic() < deadline, "the month's publication was not made")
            time.sleep(_POLL_SECONDS)
        officer.press(officer.open(drafts[0]), "Approve and publish")
        (address,) = _links(everybody.open("/statistics/"), "/statistics/2")
        figures = everybody.open(address).tree.xpath("//main//table")
        _expect(len(figures) > 5, "the published statistics have no tables")
        return f"{len(figures)} tables, for everybody to read: {self.base_url}{address}"

    def _be_refused(self) -> str:
        people = {"recipients": ["applicant@underwell.example"], "signatories": ["applicant@underwell.example"]}
        request = examples.insurance_request(organisation="CUI03", starts=_today(), **people)
        self._apply(("applicant@underwell", examples.INSURANCE_TITLE, request))
        applicant = self._as("applicant@underwell")
        case = applicant.json(f"/applications/api/{self.reference}/")
        _expect(case["state"] == "refused", f"the application is {case['state_label']}, not refused")
        reasons = [finding["explanation"] for finding in case["findings"] if finding["verdict"] == "refuse"]
        return "".join(f"\n            {line}" for line in (self.reference, *reasons))

    # --- Ways of doing things ----------------------------------------------------------------------------------------

    @contextmanager
    def _step(self, doing: str) -> Iterator[Callable[[str], None]]:
        self.doing = doing
        since, said = time.monotonic(), []
        yield said.append
        print(f"{time.monotonic() - since:6.1f} s  {doing}: {' '.join(said)}", flush=True)

    def _as(self, who: str) -> Visitor:
        """This person's session, signed in once."""
        if who not in self._sessions:
            self._sessions[who] = Visitor(self.base_url)
            account = self._account(who)
            self._sessions[who].sign_in(account["email"], self.cast["password"], account["totp"])
        return self._sessions[who]

    def _account(self, who: str) -> dict[str, str]:
        return next(account for account in self.cast["accounts"] if account["email"].startswith(who))

    def _run_in(self, state: str) -> dict[str, Any]:
        """The run of this application, once it is in that state."""
        staff = self._as("production@dars")
        deadline, number, seen = time.monotonic() + _PATIENCE_SECONDS, None, "not queued"
        while time.monotonic() < deadline:
            number = number or _run_of(staff.open("/runs/"), self.reference)
            run = staff.json(f"/runs/api/{number}/") if number else {"state": seen}
            seen = run["state"]
            if seen == state:
                return run
            if seen == "failed":
                break
            time.sleep(_POLL_SECONDS)
        raise Disappointed(f"the run is {seen}, not {state}")


def _links(page: Page, beginning: str, beside: str = "") -> list[str]:
    """Addresses that the page links to and that begin so, in rows (if `beside`) that say these words."""
    within = page.tree.xpath("//main//tr[contains(., $words)]", words=beside) if beside else [page.tree]
    found = [link for place in within for link in place.xpath(".//a/@href") if link.startswith(beginning)]
    return list(dict.fromkeys(found))


def _agreement_of(agreements: Page, reference: str) -> str:
    """The agreement of the application, as the list of agreements links it."""
    for address in agreements.tree.xpath("//main//a/@href"):
        name = address.rstrip("/").split("/")[-1]
        if name.startswith(reference):
            return name
    raise Disappointed(f"there is no agreement of {reference} to sign")


def _run_of(runs: Page, reference: str) -> str | None:
    for row in runs.tree.xpath("//main//tbody/tr"):
        if reference in row.text_content():
            return row.xpath(".//a/@href")[0].rstrip("/").split("/")[-1]
    return None


def _words(node: Any) -> str:
    return " ".join(node.text_content().split())


def _events(page: Page) -> list[list[str]]:
    """The cells of each event on a page of the audit trail."""
    return [[_words(cell) for cell in row.xpath("./td/span[2]")] for row in page.tree.xpath("//main//tbody/tr")]


def _banner(page: Page) -> str:
    return " ".join(_words(node) for node in page.tree.xpath("//*[@role='alert']//p"))


def _fingerprint(key: Any) -> str:
    """As the page of keys says how to calculate it."""
    digest = hashlib.sha256(str(key.to_public()).encode()).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _whole(visitor: Visitor, file: dict[str, Any]) -> bytes:
    answer = visitor.download(file["url"])
    _expect(answer.status_code == 200, f"{file['name']} answered {answer.status_code}")
    return answer.content


def _in_halves(visitor: Visitor, file: dict[str, Any]) -> bytes:
    middle = file["size"] // 2
    first = visitor.download(file["url"], {"Range": f"bytes=0-{middle - 1}"})
    second = visitor.download(file["url"], {"Range": f"bytes={middle}-", "If-Range": first.headers["ETag"]})
    _expect({first.status_code, second.status_code} == {206}, f"{file['name']} does not resume")
    return first.content + second.content


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Disappointed(otherwise)


if __name__ == "__main__":
    sys.exit(main())
