"""Signs of life in the broker: each process that runs leaves one that fades; must not say anything of its work."""

import contextlib
import functools
import time
from dataclasses import dataclass

import redis
from celery import signals
from django.conf import settings

from dars.core import storage

_PREFIX = "dars:pulse:"
# Workers, beat and relay leave a sign every few seconds; whoever has left none for this long is not counted.
FADES_AFTER_SECONDS = 20
# Writing to each folder as far as the disk takes a while where the disk is busy.
_LOOK_AT_FOLDERS_EVERY_SECONDS = 10


@dataclass(frozen=True)
class Worker:
    """What a worker's sign says: the queues it takes from, and what is wrong with a folder it works in ("" if well)."""

    queues: tuple[str, ...]
    trouble: str


def broker() -> redis.Redis:
    """A client that gives up soon: nobody should wait long for a sign of life."""
    return _client(settings.REDIS_URL)


@functools.cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3, decode_responses=True)


def leave(name: str, what: str = "") -> None:
    """Leaves a sign, e.g. of `beat`. Goes on where the broker is away."""
    with contextlib.suppress(redis.RedisError):
        broker().set(f"{_PREFIX}{name}", what, ex=FADES_AFTER_SECONDS)


def leave_worker(name: str, sign: Worker) -> None:
    """Leaves the sign of a worker, e.g. of `main@host`."""
    leave(f"worker:{name}", f"{','.join(sign.queues)}\n{sign.trouble}")


def workers() -> list[Worker]:
    """The signs of living workers; raises redis.RedisError when the broker does not answer."""
    client = broker()
    keys = list(client.scan_iter(f"{_PREFIX}worker:*", count=1000))
    signs = [value.partition("\n") for value in (client.mget(keys) if keys else []) if value]
    return [Worker(tuple(queues.split(",")), trouble) for queues, _, trouble in signs]


def queues_served() -> set[str]:
    """The queues that living workers take from; raises redis.RedisError when the broker does not answer."""
    return {queue for worker in workers() for queue in worker.queues}


@signals.heartbeat_sent.connect
def _worker_lives(sender: object, **_: object) -> None:
    """Every two seconds, in the process that takes tasks from the broker: busy children do not delay it."""
    queues = tuple(sender.eventer.app.amqp.queues.consume_from)
    moment = int(time.monotonic() / _LOOK_AT_FOLDERS_EVERY_SECONDS)
    leave_worker(sender.eventer.hostname, Worker(queues, _trouble(queues, moment)))


@functools.lru_cache(maxsize=1)
def _trouble(queues: tuple[str, ...], moment: int) -> str:
    """Asked once in each moment."""
    return storage.trouble_of_worker(queues)


@signals.beat_init.connect
def _beat_begins(**_: object) -> None:
    """From now on, in this process, each task sent to the broker is a sign that beat lives."""
    signals.before_task_publish.connect(_beat_lives)


def _beat_lives(**_: object) -> None:
    leave("beat")
