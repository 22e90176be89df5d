"""Looks into documents for malicious content, by whichever scanner is configured. Knows no application.

`settings.ATTACHMENT_SCANNER`: "clamav" (a clamd over TCP or a socket), "built_in" (knows the EICAR test file, nothing
else) or "none" (development only: every page with documents says so). A scanner that cannot be asked is no verdict.
"""

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

# The industry's test file (eicar.org), in two halves, so that no scanner takes this source for it.
_EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_CHUNK = 64 * 1024
_TIMEOUT_SECONDS = 60
_MOST_ANSWER = 4096


class ScannerUnavailable(Exception):
    """The scanner gave no verdict: the document waits, and nobody can open it."""


@dataclass(frozen=True)
class Scan:
    """What a scanner said. `found`: the name of what is in the document; "" if it is clean."""

    scanner: str
    found: str = ""

    @property
    def clean(self) -> bool:
        return not self.found


def scan(content: bytes) -> Scan:
    """The configured scanner's verdict. Raises ScannerUnavailable where there is none to be had."""
    name = settings.ATTACHMENT_SCANNER
    if name not in _SCANNERS:
        raise ScannerUnavailable(f"ATTACHMENT_SCANNER names no scanner: {name}")
    return _SCANNERS[name](content)


def is_none() -> bool:
    """True where documents are not looked into at all."""
    return settings.ATTACHMENT_SCANNER == "none"


def _none(content: bytes) -> Scan:
    if not settings.DEVELOPMENT:
        raise ScannerUnavailable("documents are released unscanned in development only")
    return Scan("none")


def _built_in(content: bytes) -> Scan:
    return Scan("built_in", "EICAR-Test-File" if _EICAR in content else "")


def _clamav(content: bytes) -> Scan:
    """clamd's INSTREAM: chunks with their length before them, an empty one at the end (clamd(8))."""
    try:
        with _connected(settings.CLAMAV) as connection:
            connection.sendall(b"zINSTREAM\0")
            for place in range(0, len(content), _CHUNK):
                chunk = content[place : place + _CHUNK]
                connection.sendall(struct.pack(">I", len(chunk)) + chunk)
            connection.sendall(struct.pack(">I", 0))
            answer = _answer(connection)
    except OSError as problem:
        raise ScannerUnavailable(f"clamd does not answer: {type(problem).__name__}") from None
    if answer == "stream: OK":
        return Scan("clamav")
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return Scan("clamav", answer.removeprefix("stream: ").removesuffix(" FOUND")[:100])
    raise ScannerUnavailable("clamd answered with neither OK nor FOUND")


def _connected(address: str) -> socket.socket:
    """`tcp://host:3310` or `unix:///run/clamav/clamd.ctl`."""
    parts = urlsplit(address)
    if parts.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(_TIMEOUT_SECONDS)
        try:
            connection.connect(parts.path)
        except OSError:
            connection.close()
            raise
        return connection
    return socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 3310), timeout=_TIMEOUT_SECONDS)


def _answer(connection: socket.socket) -> str:
    received = b""
    while b"\0" not in received and len(received) < _MOST_ANSWER:
        more = connection.recv(_MOST_ANSWER)
        if not more:
            break
        received += more
    return received.partition(b"\0")[0].decode("utf-8", "replace").strip()


_SCANNERS: dict[str, Callable[[bytes], Scan]] = {"none": _none, "built_in": _built_in, "clamav": _clamav}
