"""Is the service well? Each part is asked by name; nothing is repaired here."""

import redis
from django.conf import settings

from dars.core import clock

HEARTBEAT_KEY = "dars:heartbeat"


def beat() -> None:
    """Called by a worker at every heartbeat task."""
    redis.Redis.from_url(settings.REDIS_URL).set(HEARTBEAT_KEY, clock.now().isoformat())
