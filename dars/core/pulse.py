"""Signs of life in the broker: each process that runs leaves one that fades; must not say anything of its work."""

import contextlib
import functools

import redis
from celery import signals
from django.conf import settings

_PREFIX = "dars:pulse:"
# Workers, beat and relay leave a sign every few seconds; whoever has left none for this long is not counted.
FADES_AFTER_SECONDS = 20


def broker() -> redis.Redis:
    """A client that gives up soon: nobody should wait long for a sign of life."""
    return _client(settings.REDIS_URL)


@functools.cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3, decode_responses=True)


def leave(name: str, what: str = "") -> None:
    """Leaves a sign, e.g. of `worker:main@host` with the queues it takes from. Goes on where the broker is away."""
    with contextlib.suppress(redis.RedisError):
        broker().set(f"{_PREFIX}{name}", what, ex=FADES_AFTER_SECONDS)


def queues_served() -> set[str]:
    """The queues that living workers take from; raises redis.RedisError when the broker does not answer."""
    client = broker()
    keys = list(client.scan_iter(f"{_PREFIX}worker:*", count=1000))
    return {queue for value in (client.mget(keys) if keys else []) if value for queue in value.split(",")}


@signals.heartbeat_sent.connect
def _worker_lives(sender: object, **_: object) -> None:
    """Every two seconds, in the process that takes tasks from the broker: busy children do not delay it."""
    leave(f"worker:{sender.eventer.hostname}", ",".join(sender.eventer.app.amqp.queues.consume_from))


@signals.beat_init.connect
def _beat_begins(**_: object) -> None:
    """From now on, in this process, each task sent to the broker is a sign that beat lives."""
    signals.before_task_publish.connect(_beat_lives)


def _beat_lives(**_: object) -> None:
    leave("beat")
