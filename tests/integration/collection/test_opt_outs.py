"""Opt-outs: recorded sealed, effective in every later output, and nowhere to be read."""

import datetime as dt
import itertools
import logging

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from dars.accounts.public import User, grant_role, two_people
from dars.audit.models import AuditPayload
from dars.audit.public import trail
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.roles import Role
from dars.notices.models import Notice
from extracts.collection import opt_out_lists, opt_outs, people, vault
from extracts.collection.models import DataVersion, DirectOptOut, NationalOptOutList, OptOutSnapshot

pytestmark = pytest.mark.django_db

ANN, BEN, CAT = "9990000018", "9990000026", "9990000034"
TODAY = dt.date(2026, 6, 1)


@pytest.fixture(autouse=True)
def vault_root(settings, tmp_path, monkeypatch):
    settings.VAULT_ROOT = tmp_path / "vault"
    ticks = itertools.count()
    noon = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    monkeypatch.setattr(clock, "now", lambda: noon + dt.timedelta(milliseconds=next(ticks)))
    return settings.VAULT_ROOT


@pytest.fixture
def officer():
    user = User.objects.create_user(email="officer@example.org", name="Olive Officer")
    grant_role(user=user, role=Role.OPT_OUT_OFFICER, by=None)
    return user


def data_version(tmp_path, rows, label="v1", base=None):
    """A data version whose DID holds the tuples `rows`, each in use."""
    schema = pa.schema(
        [("nhs_number", pa.string()), ("birth_date", pa.date32()), ("sex", pa.string()), ("postcode", pa.string())]
    )
    table = pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)
    with vault.session(base.tuple_files if base else []) as held:
        ids = held.assign(table)
        files = held.publish()
        used = tmp_path / f"{label}.parquet"
        pq.write_table(pa.table({"tuple_id": ids}), used)
        person_map = people.resolve(base.person_map if base else None, files, {"did": [used]})
    return DataVersion.objects.create(label=label, tuple_files=files, person_map=person_map, created_at=clock.now())


def identity(number, day=1, sex="2", postcode="QA1 2BC"):
    return number, dt.date(1961, 4, day), sex, postcode


def left_out(version, national=False, **context):
    ref = opt_outs.opted_out(version.pk, national=national, purpose="extract", by=None, **context)
    ids = pq.read_table(ref.path)["person_id"].to_pylist()
    assert ref.people == len(ids)
    assert ref.path.stat().st_mode & 0o777 == 0o600
    return ids, ref


def record(officer, number=ANN, **changes):
    return opt_outs.record(
        **{"nhs_number": number, "received_on": TODAY, "channel": "letter", "by": officer, **changes}
    )


def another_officer():
    user, _ = User.objects.get_or_create(email="second@example.org", defaults={"name": "Owen Officer"})
    grant_role(user=user, role=Role.OPT_OUT_OFFICER, by=None)
    return user


def propose(case_number, officer, **changes):
    given = {"asked_on": TODAY, "channel": "letter", **changes}
    return opt_outs.propose_withdrawal(case_number=case_number, **given, by=officer)


def withdrawn(opt_out, officer):
    two_people.confirm(proposal=propose(opt_out.case_number, officer), by=another_officer())
    opt_out.refresh_from_db()
    return opt_out


def national(tmp_path, *numbers, as_of=TODAY):
    file = tmp_path / "national.dat"
    file.write_text("".join(f"{number}\n" for number in numbers))
    return opt_out_lists.load_national(file, as_of=as_of)


# --- direct opt-outs ---


def test_recorded_sealed_and_audited_by_case_alone(officer):
    opt_out = record(officer, "999 000 0018")
    assert opt_out.case_number.startswith("OPT-") and opt_out.recorded_by == officer
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(o)::text FROM collection_directoptout o")
        row = cursor.fetchone()[0]
    assert ANN not in row and ANN.encode().hex() not in row
    (event,) = trail(subject=f"directoptout:{opt_out.pk}")
    assert (event.kind, event.payload) == ("opt_out.recorded", {})


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("nhs_number", {"nhs_number": "9990000019"}),
        ("nhs_number", {"nhs_number": "999000001"}),
        ("nhs_number", {"nhs_number": "0000000000"}),
        ("nhs_number", {"nhs_number": "９９９００００018"}),
        ("received_on", {"received_on": dt.date(2026, 6, 2)}),
        ("channel", {"channel": "pigeon"}),
    ],
)
def test_what_cannot_be_recorded(officer, field, changes):
    with pytest.raises(Invalid) as refusal:
        record(officer, **changes)
    assert refusal.value.field == field
    assert "999" not in refusal.value.message
    assert not DirectOptOut.objects.exists()


def test_recorded_once_while_in_force(officer):
    first = record(officer)
    with pytest.raises(Invalid, match="already recorded"):
        record(officer)
    withdrawn(first, officer)
    assert record(officer).case_number != first.case_number


def test_withdrawal_forgets_the_number(officer):
    opt_out = withdrawn(record(officer), officer)
    assert (opt_out.sealed, opt_out.digest, opt_out.withdrawn_by) == (None, None, officer)
    assert opt_out.confirmed_by != officer
    assert [event.kind for event in trail(subject=f"directoptout:{opt_out.pk}")] == [
        "opt_out.recorded",
        "opt_out.withdrawn",
    ]
    with pytest.raises(WrongState):
        withdrawn(opt_out, officer)
    with pytest.raises(NotFound):
        propose("OPT-NONE-NONE", officer)


def test_it_stays_in_force_until_another_officer_confirms(officer, tmp_path):
    version, opt_out = data_version(tmp_path, [identity(ANN)]), record(officer)
    proposal = propose(opt_out.case_number, officer)
    assert "by letter" in proposal.reason
    with pytest.raises(NotAllowed, match="somebody else has to confirm"):
        two_people.confirm(proposal=proposal, by=officer)
    assert left_out(version)[0] == [1]
    with pytest.raises(WrongState, match="proposed already"):
        propose(opt_out.case_number, officer)
    two_people.confirm(proposal=proposal, by=another_officer())
    assert left_out(version)[0] == []


def test_the_database_takes_no_withdrawal_of_one_person_alone(officer):
    opt_out = record(officer)
    opt_out.sealed = opt_out.digest = None
    opt_out.withdrawn_at, opt_out.withdrawn_by, opt_out.confirmed_by = clock.now(), officer, officer
    with pytest.raises(IntegrityError, match="opt_out_withdrawn_by_two_people"):
        opt_out.save()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"asked_on": TODAY + dt.timedelta(days=1)}, "asked_on"),
        ({"asked_on": TODAY - dt.timedelta(days=400)}, "asked_on"),
        ({"channel": "pigeon"}, "channel"),
    ],
)
def test_what_is_wrong_with_a_withdrawal_is_named(officer, changes, field):
    with pytest.raises(Invalid) as refusal:
        propose(record(officer).case_number, officer, **changes)
    assert refusal.value.field == field


def test_found_by_number_while_in_force(officer):
    opt_out = record(officer)
    assert opt_outs.find(nhs_number="999 000 0018", by=officer) == opt_out
    assert opt_outs.find(nhs_number=BEN, by=officer) is None
    withdrawn(opt_out, officer)
    assert opt_outs.find(nhs_number=ANN, by=officer) is None


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPT_OUT_OFFICER])
def test_nobody_else_may(role, officer):
    opt_out = record(officer)
    other = User.objects.create_user(email="other@example.org", name="Other")
    other.is_superuser = other.is_staff = True
    other.save()
    grant_role(user=other, role=role, by=None)
    for act in (
        lambda: record(other, BEN),
        lambda: propose(opt_out.case_number, other),
        lambda: opt_outs.find(nhs_number=ANN, by=other),
    ):
        with pytest.raises(NotAllowed):
            act()


# --- whom they leave out ---


def test_the_whole_record_of_a_person_goes(officer, tmp_path):
    moved, without = identity(ANN, postcode="QC3 3CC"), identity(None)
    version = data_version(tmp_path, [identity(ANN), identity(BEN, 9), moved, without])
    assert left_out(version)[0] == []
    record(officer)
    assert left_out(version)[0] == [1]
    event = trail(subject=f"dataversion:{version.pk}")[-1]
    assert (event.kind, event.payload) == ("vault.opened", {"what": "opt_outs", "purpose": "extract"})


def test_two_people_under_one_number_both_go(officer, tmp_path):
    stranger = (ANN, dt.date(1990, 9, 9), "1", "QC3 3CC")
    version = data_version(tmp_path, [identity(ANN), stranger, identity(BEN, 9)])
    record(officer)
    assert left_out(version)[0] == [1, 2]


def test_an_opt_out_waits_for_a_person_not_seen_yet(officer, tmp_path):
    record(officer, CAT)
    first = data_version(tmp_path, [identity(ANN)])
    assert left_out(first)[0] == []
    second = data_version(tmp_path, [identity(ANN), identity(CAT, 7)], label="v2", base=first)
    assert left_out(second)[0] == [2]


def merged(tmp_path):
    """Two versions: Ben's address without a number and a record of Ann's number, then found to be one person."""
    first = data_version(tmp_path, [identity(None, postcode="QC3 3CC"), identity(ANN), identity(BEN, 9)])
    rows = [identity(None, postcode="QC3 3CC"), identity(ANN), identity(BEN, 9), identity(ANN, postcode="QC3 3CC")]
    return first, data_version(tmp_path, rows, label="v2", base=first)


def persons(version):
    table = pq.read_table(vault.path(version.person_map)).to_pylist()
    return {row["tuple_id"]: row["person_id"] for row in table if row["dataset"] == "did"}


@pytest.mark.parametrize("kind", ["direct", "national"])
def test_whoever_is_found_to_be_somebody_who_opted_out_is_left_out_from_then_on(officer, tmp_path, kind):
    if kind == "direct":
        record(officer)
    else:
        national(tmp_path, ANN)
    first, second = merged(tmp_path)
    assert (persons(first), persons(second)) == ({1: 1, 2: 2, 3: 3}, {1: 1, 2: 1, 3: 3, 4: 1})
    assert left_out(second, national=kind == "national")[0] == [1]
    assert left_out(first, national=kind == "national")[0] == [1, 2], "a run bound to the older version too"


def test_whoever_was_one_with_somebody_who_opted_out_stays_left_out_of_that_version(officer, tmp_path):
    joined = data_version(tmp_path, [identity(None), identity(ANN)])
    rows = [identity(None), identity(ANN), identity(BEN)]  # two people there: whose the first is can't be told any more
    parted = data_version(tmp_path, rows, label="v2", base=joined)
    record(officer)
    assert (persons(joined), persons(parted)) == ({1: 1, 2: 1}, {1: 2, 2: 3, 3: 4})
    assert (left_out(joined)[0], left_out(parted)[0]) == ([1], [3])


def test_a_tuple_that_occurs_no_more_leaves_nobody_out(officer, tmp_path):
    first = data_version(tmp_path, [identity(ANN), identity(None)])
    corrected = data_version(tmp_path, [identity(None), identity(BEN, 9)], label="v2", base=first)
    record(officer)
    assert (left_out(first)[0], left_out(corrected)[0]) == ([1], [])


def test_the_version_names_the_content(officer, tmp_path):
    version = data_version(tmp_path, [identity(ANN), identity(BEN, 9)])
    _, before = left_out(version)
    assert left_out(version)[1] == before
    opt_out = record(officer)
    _, after = left_out(version)
    assert after.version != before.version and after.path != before.path
    assert pq.read_table(before.path).num_rows == 0, "what was used before stays as it was"
    withdrawn(opt_out, officer)
    assert left_out(version)[1] == before
    assert OptOutSnapshot.objects.count() == 2
    assert opt_outs.vault_files() == {f"opted_out/{ref.path.name}" for ref in (before, after)}


def test_no_people_no_one_to_leave_out():
    empty = DataVersion.objects.create(label="v0", created_at=clock.now())
    assert left_out(empty)[0] == []


def test_the_national_list_applies_where_asked(officer, tmp_path):
    version = data_version(tmp_path, [identity(ANN), identity(BEN, 9), identity(CAT, 7)])
    record(officer, CAT)
    national(tmp_path, BEN, "9990000042")
    assert left_out(version)[0] == [3]
    ids, ref = left_out(version, national=True, case="DARS-NIC-1")
    assert ids == [2, 3] and ref.national_list_date == TODAY
    assert [event.kind for event in trail(case="DARS-NIC-1")] == ["vault.opened"]


def test_an_output_without_a_recent_national_list_is_not_made(tmp_path, monkeypatch):
    version = data_version(tmp_path, [identity(ANN)])
    with pytest.raises(WrongState, match="No national opt-out list"):
        left_out(version, national=True)
    national(tmp_path, ANN, as_of=TODAY - dt.timedelta(days=opt_outs.NATIONAL_LIST_DAYS))
    assert left_out(version, national=True)[0] == [1]
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 6, 2, 12, tzinfo=dt.UTC))
    with pytest.raises(WrongState, match="22 days old"):
        left_out(version, national=True)


def test_the_latest_day_counts_not_the_latest_load(tmp_path):
    version = data_version(tmp_path, [identity(ANN), identity(BEN, 9)])
    national(tmp_path, ANN)
    national(tmp_path, BEN, as_of=TODAY - dt.timedelta(days=3))
    assert left_out(version, national=True)[0] == [1]


def test_of_lists_that_another_overtook_no_number_is_kept(tmp_path, monkeypatch):
    hundred = [str(number) for number in range(9990000000, 9990002000) if opt_outs.valid([str(number)])[0]][:101]
    for age, numbers in ((3, hundred[:99]), (2, hundred[:100]), (4, hundred[:1]), (1, hundred[:2])):
        listed = national(tmp_path, *numbers, as_of=TODAY - dt.timedelta(days=age))
    assert listed.held and opt_out_lists.forget_overtaken() == 0, "an output may still be reading"
    later = clock.now() + opt_out_lists.OVERTAKEN_KEPT
    monkeypatch.setattr(clock, "now", lambda: later)
    assert opt_out_lists.forget_overtaken() == 2 and opt_out_lists.forget_overtaken() == 0
    left = NationalOptOutList.objects.exclude(file="").order_by("as_of")
    assert [row.people for row in left] == [100, 2], "the one in force, and the one that two officers may accept"
    assert {row.file for row in left} == opt_outs.vault_files(), "the others' files go with the next sweep"


# --- files ---


def test_a_list_that_brings_many_back_waits_for_two_officers(officer, tmp_path, client):
    """A list that was cut off would otherwise release people who objected, and nobody would see it."""
    version = data_version(tmp_path, [identity(ANN), identity(BEN, day=2)])
    second = another_officer()
    assert not national(tmp_path, ANN, BEN, as_of=TODAY - dt.timedelta(days=3)).held
    since = clock.now()
    loaded = national(tmp_path, ANN)
    assert (loaded.accepted, loaded.returning, loaded.held) == (1, 1, True)
    assert left_out(version, national=True)[0] == [1, 2] and not opt_outs.changed_since(since)
    assert {notice.person for notice in Notice.objects.filter(kind="opt_outs.list_held")} == {officer, second}
    (held,) = opt_out_lists.held_lists()

    client.force_login(officer)
    page = f"/opt-outs/lists/{held.pk}/accept/"
    assert page in client.get("/opt-outs/").content.decode()
    for reason, words in (
        ("", "Say how you know"),
        (f"It was {ANN[:3]} {ANN[3:6]} {ANN[6:]}", "Leave NHS numbers out"),
    ):
        refused = client.post(page, {"reason": reason})
        assert refused.status_code == 422 and words in refused.content.decode()
    assert client.post(page, {"reason": "Checked with the sender."}).status_code == 302
    proposal = opt_out_lists.acceptance_proposed(held)
    assert (
        proposal.words.endswith("1 June 2026 although people are missing from it: 1")
        and "Look at the proposal" in client.get(page).content.decode()
    )
    with pytest.raises(NotAllowed):
        two_people.confirm(proposal=proposal, by=officer)
    assert left_out(version, national=True)[0] == [1, 2]
    two_people.confirm(proposal=proposal, by=second)
    assert left_out(version, national=True)[0] == [1] and opt_outs.changed_since(since)
    assert opt_out_lists.held_lists() == [] and "accepted this list on" in client.get(page).content.decode()
    held.refresh_from_db()
    with pytest.raises(IntegrityError), transaction.atomic():
        NationalOptOutList.objects.filter(pk=held.pk).update(confirmed_by=held.proposed_by)


def test_few_who_end_theirs_hold_no_list_up_and_a_whole_one_overtakes_one_that_is_held(officer, tmp_path):
    hundred = [str(number) for number in range(9990000000, 9990002000) if opt_outs.valid([str(number)])[0]][:102]
    national(tmp_path, *hundred[:100], as_of=TODAY - dt.timedelta(days=3))
    assert not national(tmp_path, *hundred[1:], as_of=TODAY - dt.timedelta(days=2)).held  # one of a hundred
    assert national(tmp_path, *hundred[1:99], as_of=TODAY - dt.timedelta(days=1)).held
    (held,) = opt_out_lists.held_lists()
    assert national(tmp_path, *hundred[1:98]).returning == 4  # measured against the one in force, not the held one
    assert not national(tmp_path, *hundred[1:]).held
    assert opt_out_lists.held_lists() == []
    with pytest.raises(WrongState, match="a newer one is in force"):
        opt_out_lists.propose_acceptance(number=held.pk, reason="Whole.", by=officer)
    assert not national(tmp_path, hundred[5], as_of=TODAY - dt.timedelta(days=9)).held  # an older one changes nothing


def test_national_lists_are_counted_and_damaged_ones_refused(tmp_path):
    good = [f"{number}" for number in range(9990000000, 9990003000) if opt_outs.valid([str(number)])[0]]
    loaded = national(tmp_path, *good, good[0], "", "not a number", " 9990000018 ")
    assert (loaded.accepted, loaded.rejected_lines) == (len(good), [len(good) + 3])
    listed = NationalOptOutList.objects.get()
    assert pq.read_table(vault.path(listed.file))["nhs_number"].to_pylist() == good
    assert opt_outs.vault_files() == {listed.file}
    for damaged in ([*good[:50], "NHS_NUMBER"], ["NHS_NUMBER"], []):
        with pytest.raises(Invalid):
            national(tmp_path, *damaged)
    with pytest.raises(Invalid, match="in the past"):
        national(tmp_path, ANN, as_of=TODAY + dt.timedelta(days=1))
    assert NationalOptOutList.objects.count() == 1


def test_direct_files_leave_what_is_there(officer, tmp_path, capsys):
    kept = record(officer)
    rows = [
        f"{number},2026-05-04,letter" for number in range(9990000000, 9990002000) if opt_outs.valid([str(number)])[0]
    ]
    rows.insert(3, "9990000018,2026-05-04,pigeon")
    file = tmp_path / "did_opt_outs.csv"
    file.write_text("\n".join(["NHS_NUMBER,RECEIVED_ON,CHANNEL", *rows, rows[0]]) + "\n")
    call_command("load_opt_outs", str(file), kind="did")
    call_command("load_opt_outs", str(file), kind="did")
    first, wrong, again, _ = capsys.readouterr().out.splitlines()
    assert first == f"{len(rows) - 2} opt-outs loaded, 1 were there before"
    assert wrong == "1 lines left out: 5"
    assert again == f"0 opt-outs loaded, {len(rows) - 1} were there before"
    assert DirectOptOut.objects.count() == len(rows) - 1
    assert DirectOptOut.objects.get(pk=kept.pk).channel == "letter"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"NHS\n", "first line"),
        (b"", "first line"),
        (b"NHS_NUMBER,RECEIVED_ON,CHANNEL\n", "no valid NHS number"),
        (b"NHS_NUMBER,RECEIVED_ON,CHANNEL\n9990000018,2026-06-02,letter\n", "no valid NHS number"),
        (b"NHS_NUMBER,RECEIVED_ON,CHANNEL\n9990000018,1 May,letter\n9990000026,2026-05-01,letter\n", "damaged"),
        (b"\xff\xfe9", "UTF-8"),
    ],
)
def test_direct_files_that_are_refused_whole(tmp_path, content, message):
    file = tmp_path / "did_opt_outs.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=message):
        call_command("load_opt_outs", str(file), kind="did")
    assert not DirectOptOut.objects.exists()


def test_the_command_says_what_it_needs(tmp_path):
    with pytest.raises(CommandError, match="as-of"):
        call_command("load_opt_outs", "x", kind="national")
    with pytest.raises(CommandError, match="can't be read"):
        call_command("load_opt_outs", str(tmp_path / "missing"), kind="national", as_of=TODAY)


def test_no_identifier_reaches_logs_output_or_audit(officer, tmp_path, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    file = tmp_path / "national.dat"
    file.write_text(f"{ANN}\n{BEN}\n")
    call_command("load_opt_outs", str(file), kind="national", as_of=TODAY)
    opt_out = record(officer, CAT)
    opt_outs.find(nhs_number=CAT, by=officer)
    left_out(data_version(tmp_path, [identity(ANN), identity(CAT, 7)]), national=True)
    withdrawn(opt_out, officer)
    written = caplog.text + capsys.readouterr().out + str(list(AuditPayload.objects.values_list("payload", flat=True)))
    assert AuditPayload.objects.exists()
    for sentinel in (ANN, BEN, CAT, "QA1 2BC", "1961-04"):
        assert sentinel not in written
