"""GET /health/live and /health/ready: each part by name, and 503 as soon as one is not well."""

import shutil
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import redis
from celery import signals as celery_signals
from django.db import OperationalError
from django.test import Client

from dars.core import health, pulse, storage
from deploy import healthcheck

NOBODY_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture
def broker(settings):
    """A database of the broker that no other test uses, empty."""
    settings.REDIS_URL = urlsplit(settings.REDIS_URL)._replace(path="/15").geturl()
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def folders(settings, tmp_path):
    """Those of the state, and where they are."""
    settings.STATE_ROOT = tmp_path
    for name in ("upload", "document", "delivery", "data", "vault", "staging"):
        setattr(
            settings, f"{name.upper()}_ROOT", tmp_path / {"upload": "uploads", "document": "documents"}.get(name, name)
        )
    for name in {*storage.WEB_WRITES, *storage.WEB_READS, *storage.QUEUE_WRITES["vault"]}:
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def well(db, broker, folders):
    """Every part is as it should be."""
    pulse.leave_worker("a@here", pulse.Worker(("default",), ""))
    pulse.leave_worker("b@here", pulse.Worker(("vault",), ""))


def ready() -> tuple[int, dict]:
    answer = Client().get("/health/ready")
    return answer.status_code, answer.json()


def failing() -> list[str]:
    """The parts that are not well, after checking that the status agrees."""
    status, body = ready()
    names = [name for name, check in body["checks"].items() if not check["ok"]]
    assert status == (503 if names else 200)
    assert body["status"] == ("not ready" if names else "ok")
    return names


def test_live_asks_nobody(broker, settings):
    settings.REDIS_URL = NOBODY_LISTENS
    answer = Client().get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_names_every_part(well):
    status, body = ready()
    assert (status, body["status"]) == (200, "ok")
    assert list(body["checks"]) == ["database", "broker", "worker", "storage"]
    assert all(check["ok"] and check["detail"] for check in body["checks"].values())


def test_the_database_does_not_answer(well, monkeypatch):
    class Refusing:
        def cursor(self) -> None:
            raise OperationalError("connection refused by 10.0.0.7, password x")

    monkeypatch.setattr(health, "connection", Refusing())
    assert failing() == ["database"]
    assert "10.0.0.7" not in str(ready())


def test_the_broker_does_not_answer(well, settings):
    settings.REDIS_URL = NOBODY_LISTENS
    assert failing() == ["broker", "worker"]


@pytest.mark.parametrize("queue", ["default", "vault"])
def test_a_queue_without_a_worker_is_named(well, broker, queue):
    broker.delete({"default": "dars:pulse:worker:a@here", "vault": "dars:pulse:worker:b@here"}[queue])
    assert failing() == ["worker"]
    assert ready()[1]["checks"]["worker"]["detail"].endswith(f"queue {queue}")


def test_signs_of_life_fade(well, broker):
    keys = list(broker.scan_iter())
    assert len(keys) == 2
    assert all(0 < broker.ttl(key) <= pulse.FADES_AFTER_SECONDS for key in keys)


@pytest.mark.parametrize("lost", ["uploads", "documents", "reports", "delivery"])
def test_a_folder_of_the_pages_is_lost(well, folders, lost):
    (folders / lost).rmdir()
    assert failing() == ["storage"]
    assert f"web: {lost} can't be" in ready()[1]["checks"]["storage"]["detail"]


def test_the_folders_of_each_process_are_named_and_no_machine(well):
    said = "web: well; worker of queue default: well; worker of queue vault: well"
    assert ready()[1]["checks"]["storage"] == {"ok": True, "detail": said}


def test_one_of_two_workers_without_its_folder_is_not_well(well):
    pulse.leave_worker("c@there", pulse.Worker(("vault",), "staging can't be written"))
    assert failing() == ["storage"]
    detail = ready()[1]["checks"]["storage"]["detail"]
    assert detail.endswith("worker of queue vault: staging can't be written")
    assert "there" not in detail


@pytest.mark.parametrize(
    ("queue", "lost"), [(queue, name) for queue in storage.QUEUE_WRITES for name in storage.QUEUE_WRITES[queue]]
)
def test_a_worker_tells_which_of_its_folders_it_cannot_write(folders, queue, lost):
    assert storage.trouble_of_worker((queue,)) == ""
    (folders / lost).rmdir()
    assert storage.trouble_of_worker((queue,)) == f"{lost} can't be written"


def test_the_disk_is_full(well, monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000))
    assert failing() == ["storage"]
    assert "100 MB" in ready()[1]["checks"]["storage"]["detail"]


@pytest.mark.parametrize("allowed", ["dars.example.nhs.uk,other.nhs.uk", ".example.nhs.uk", "*"])
def test_the_check_of_webs_container_asks_under_a_name_that_web_answers_to(settings, monkeypatch, allowed):
    settings.ALLOWED_HOSTS = allowed.split(",")
    monkeypatch.setenv("ALLOWED_HOSTS", allowed)
    monkeypatch.setenv("BIND", "127.0.0.1:8123")

    class Connection:
        def __init__(self, host: str, port: int, timeout: int) -> None:
            assert (host, port) == ("127.0.0.1", 8123)

        def request(self, method: str, address: str, headers: dict[str, str]) -> None:
            self.answer = Client().generic(method, address, headers=headers)

        def getresponse(self) -> SimpleNamespace:
            return SimpleNamespace(status=self.answer.status_code)

    monkeypatch.setattr(healthcheck.http.client, "HTTPConnection", Connection)
    assert healthcheck.main("web") == 0
    settings.ALLOWED_HOSTS = ["elsewhere.example"]
    assert healthcheck.main("web") == 1


def test_only_reading_is_allowed(well):
    assert Client().post("/health/ready").status_code == 405
    assert Client().post("/health/live").status_code == 405


def test_a_worker_leaves_its_queues_and_what_is_wrong_with_its_folders(broker, folders):
    (folders / "staging").rmdir()
    pulse._trouble.cache_clear()
    queues = SimpleNamespace(consume_from={"vault": None})
    eventer = SimpleNamespace(hostname="vault@here", app=SimpleNamespace(amqp=SimpleNamespace(queues=queues)))
    celery_signals.heartbeat_sent.send(sender=type("Heart", (), {"eventer": eventer}))
    assert pulse.workers() == [pulse.Worker(("vault",), "staging can't be written")]
    pulse._trouble.cache_clear()


def test_beat_gives_a_sign_with_each_task_it_sends_and_other_processes_give_none(broker):
    def send_one() -> None:
        celery_signals.before_task_publish.send(sender="a.task")

    send_one()
    assert not broker.exists("dars:pulse:beat"), "web and workers send tasks too"
    celery_signals.beat_init.send(sender=None)
    try:
        send_one()
        assert broker.exists("dars:pulse:beat")
    finally:
        celery_signals.before_task_publish.disconnect(pulse._beat_lives)
