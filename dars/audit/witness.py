"""A witness of the audit trail (C2SP tlog-witness): a small process for another host. Needs no database and no Django.

`python -m dars.audit.witness --folder DIR --log KEY... [--listen HOST:PORT]`. It keeps the last checkpoint it saw
of each log, co-signs one that continues it, and refuses and remembers one that does not.
"""

import argparse
import base64
import binascii
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dars.audit.merkle import EMPTY_ROOT, Inconsistent, check_consistency
from dars.audit.notes import COSIGNATURE, Checkpoint, Note, NoteError, Signer, Verifier, opened

_LIMIT = 20_000  # bytes of a request
_PROOF_LINES = 63


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, body: str = "", kind: str = "text/plain; charset=utf-8") -> None:
        super().__init__(body)
        self.status, self.body, self.kind = status, body, kind


class Witness:
    """The state of one witness in a folder: its key (mode 600), a checkpoint for each log, and what it refused."""

    def __init__(self, folder: Path, name: str, logs: list[Verifier]) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.signer = Signer(name, self._seed(), COSIGNATURE)
        self.logs = {log.name: log for log in logs}
        self._lock = threading.Lock()

    def add_checkpoint(self, body: str) -> str:
        """The cosignature lines for a request's body. Raises Refusal with the status that the protocol names."""
        old, path, note = _parsed(body)
        origin = note.partition("\n")[0]
        log = self.logs.get(origin)
        if log is None:
            raise Refusal(404, "this log is not known here\n")
        try:
            checkpoint = opened(note, log)
        except NoteError as error:
            raise Refusal(403, f"{error}\n") from None
        if old > checkpoint.size:
            raise Refusal(400, "the old size is larger than the checkpoint's\n")
        with self._lock:  # what was compared is what is replaced
            last = self.last(log)
            if old != last.size:
                if checkpoint.size < last.size:
                    self._remember(log, note, "smaller than what was seen before")
                raise Refusal(409, f"{last.size}\n", "text/x.tlog.size")
            try:
                check_consistency(last.size, last.root, checkpoint.size, checkpoint.root, path)
            except Inconsistent as error:
                self._remember(log, note, str(error))
                raise Refusal(409 if last.size == checkpoint.size else 422, f"{error}\n") from None
            line = self.signer.line(Note.parse(note).text, timestamp=int(time.time()))
            _replace(self._file(log), f"{note}{line}")
        return line

    def last(self, log: Verifier) -> Checkpoint:
        """The last checkpoint that was co-signed; an empty tree before the first."""
        file = self._file(log)
        return (
            Checkpoint.parse(Note.parse(file.read_text()).text)
            if file.exists()
            else Checkpoint(log.name, 0, EMPTY_ROOT)
        )

    def _file(self, log: Verifier) -> Path:
        return self.folder / f"{quote(log.name, safe='')}.checkpoint"

    def _remember(self, log: Verifier, note: str, why: str) -> None:
        """Keeps the signed evidence: two checkpoints of one log that contradict each other."""
        print(f"ALARM {log.name}: {why}", file=sys.stderr, flush=True)  # noqa: T201 - this is the process's log
        with (self.folder / "refused.txt").open("a") as file:
            file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {why}\n{note}\n")

    def _seed(self) -> bytes:
        file = self.folder / "key"
        if not file.exists():
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as new:
                new.write(Ed25519PrivateKey.generate().private_bytes_raw().hex())
        return bytes.fromhex(file.read_text().strip())


def _parsed(body: str) -> tuple[int, list[bytes], str]:
    head, blank, note = body.partition("\n\n")
    first, *lines = head.split("\n")
    word, _, old = first.partition(" ")
    try:
        if not blank or word != "old" or str(int(old)) != old or len(lines) > _PROOF_LINES:
            raise ValueError
        return int(old), [base64.b64decode(line, validate=True) for line in lines], note
    except (ValueError, binascii.Error):
        raise Refusal(400, "not an add-checkpoint request\n") from None


def _replace(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    with new.open("w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)


def server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """An HTTP server that answers POST /add-checkpoint."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            try:
                length = int(self.headers.get("Content-Length") or 0)
                if self.path != "/add-checkpoint" or not 0 < length <= _LIMIT:
                    raise Refusal(404 if self.path != "/add-checkpoint" else 400)
                self._answer(200, witness.add_checkpoint(self.rfile.read(length).decode()))
            except Refusal as refusal:
                self._answer(refusal.status, refusal.body, refusal.kind)
            except ValueError:
                self._answer(400, "not an add-checkpoint request\n")

        def _answer(self, status: int, body: str, kind: str = "text/plain; charset=utf-8") -> None:
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            if status != 200:
                self.close_connection = True
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: object) -> None:
            pass  # refusals that matter are written by the witness itself

    return ThreadingHTTPServer((host, port), Handler)


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Witness of an audit trail: co-signs checkpoints that continue what it saw."
    )
    parser.add_argument("--folder", type=Path, required=True, help="key, last checkpoints and what was refused")
    parser.add_argument("--name", default="witness.example/dars", help="the name under which it signs")
    parser.add_argument(
        "--log", action="append", default=[], type=Verifier.parse, help="the log's key; repeat for more"
    )
    parser.add_argument("--listen", default="127.0.0.1:8555")
    arguments = parser.parse_args()
    witness = Witness(arguments.folder, arguments.name, arguments.log)
    host, _, port = arguments.listen.rpartition(":")
    print(witness.signer.verifier, flush=True)  # noqa: T201 - for AUDIT_WITNESSES
    server(witness, host, int(port)).serve_forever()


if __name__ == "__main__":
    main()
