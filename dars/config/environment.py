"""Reads deployment choices from the environment; knows nothing of Django."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit


def flag(name: str, default: bool = False) -> bool:
    """True for 1, true, yes or on (any case)."""
    return os.environ.get(name, "1" if default else "0").strip().lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list, without empty entries."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def from_file_or_environment(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file that NAME_FILE points at (as containers mount secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name, default)


def numbers(name: str) -> dict[str, int]:
    """Whole numbers above 0 by name: `did=20, deaths=10`."""
    found = {}
    for word in words(name):
        key, _, number = (part.strip() for part in word.partition("="))
        if not key or not number.isdecimal() or int(number) < 1:
            raise ValueError(f"{name} must be names with whole numbers above 0, such as did=20, deaths=10")
        found[key] = int(number)
    return found


def runner(name: str, master: str) -> str:
    """What carries out extracts: `duckdb` on this machine, or `spark` on the cluster of that master."""
    if name not in {"duckdb", "spark"}:
        raise ValueError("EXTRACT_RUNNER must be duckdb or spark")
    if name == "spark" and not master:
        raise ValueError("EXTRACT_RUNNER=spark needs SPARK_MASTER, such as spark://host:7077")
    return name


def probability(name: str) -> float | None:
    """The threshold of links by probability, from 0.9 to 0.9999; None where it isn't set or is `off`."""
    given = from_file_or_environment(name).strip()
    if given in {"", "off"}:
        return None
    try:
        found = float(given)
    except ValueError:
        found = 0.0
    if not 0.9 <= found <= 0.9999:
        raise ValueError(f"{name} must be a probability from 0.9 to 0.9999, or off")
    return found


def database(url: str) -> dict[str, object]:
    """Django's database settings from a `postgres://user:password@host:port/name` address."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL must begin with postgres:// — no other database is supported")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def email(url: str) -> dict[str, object]:
    """Django's e-mail settings from an address: what follows EMAIL_ in their names.

    `smtp://host:port` without encryption (a relay on the same machine), `smtp+tls://` with STARTTLS, `smtps://` with
    TLS from the start; user and password before the host if it asks for them. `file:///folder` writes files.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "FILE_PATH": unquote(parts.path)}
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if parts.scheme not in ports:
        raise ValueError("EMAIL_URL must begin with smtp://, smtp+tls://, smtps:// or file://")
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "HOST": parts.hostname or "127.0.0.1",
        "PORT": parts.port or ports[parts.scheme],
        "HOST_USER": unquote(parts.username or ""),
        "HOST_PASSWORD": unquote(parts.password or ""),
        "USE_TLS": parts.scheme == "smtp+tls",
        "USE_SSL": parts.scheme == "smtps",
    }
