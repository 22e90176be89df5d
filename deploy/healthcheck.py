"""Is this container's process alive? `healthcheck.py web|worker|beat|relay`; exit code 0 if so. Repairs nothing."""

import http.client
import os
import socket
import sys

import redis

from dars.config.environment import from_file_or_environment, words


def main(role: str) -> int:
    if role == "web":
        port = os.environ.get("BIND", ":8000").rpartition(":")[2]
        # Web answers under the names that it is told, and to nobody who asks for 127.0.0.1.
        host = {"Host": words("ALLOWED_HOSTS", "localhost")[0].lstrip(".").replace("*", "localhost")}
        live = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
        live.request("GET", "/health/live", headers=host)
        return 0 if live.getresponse().status == 200 else 1
    client = redis.Redis.from_url(from_file_or_environment("REDIS_URL"), socket_timeout=5, socket_connect_timeout=5)
    return 0 if client.exists(f"dars:pulse:{_name(role)}") else 1


def _name(role: str) -> str:
    """As dars/core/pulse.py names it: every worker by itself, of beat and relay there is one sign."""
    if role == "worker":
        return f"worker:{os.environ.get('WORKER_NAME', 'worker')}@{socket.gethostname()}"
    return role


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except (OSError, http.client.HTTPException, redis.RedisError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
