"""Signs tree heads as checkpoints and shows them to witnesses. Signs nothing that contradicts what it signed before."""

import base64
import urllib.error
import urllib.request

from django.conf import settings
from django.db import transaction

from dars.audit import tiles
from dars.audit.merkle import consistency_path
from dars.audit.models import Cosignature, SignedHead, TreeHead, WitnessState
from dars.audit.notes import Checkpoint, Note, NoteError, Signer, Verifier
from dars.audit.services import hashes_of
from dars.core import clock
from dars.core.secrets import secret

_SECONDS = 5  # for a witness to answer
_ANSWER = 10_000  # bytes of an answer that are looked at


def signer() -> Signer:
    """The log's key: the secret `audit-log`, under the name of this log."""
    return Signer(settings.AUDIT_ORIGIN, secret("audit-log"))


@transaction.atomic
def sign() -> SignedHead | None:
    """Signs the newest tree head; None if it is signed already or the log is empty.

    Raises RuntimeError when the tree is smaller than what was signed, or its past is another: somebody must look.
    """
    last = SignedHead.objects.select_for_update().last()
    head = TreeHead.objects.last()
    if head is None or (last is not None and last.size == head.size):
        return None
    if last is not None:
        past = TreeHead.objects.filter(size=last.size).first()
        signed = Checkpoint.parse(Note.parse(last.note).text)
        if head.size < last.size or past is None or bytes(past.root_hash) != signed.root:
            raise RuntimeError("the audit trail contradicts a checkpoint that it signed")
    text = Checkpoint(settings.AUDIT_ORIGIN, head.size, bytes(head.root_hash)).text
    # Two workers may sign the same head: the same key gives the same bytes, and one row stands.
    by = signer()
    row = {"note": f"{text}\n{by.line(text)}", "key": str(by.verifier), "at": clock.now()}
    return SignedHead.objects.get_or_create(size=head.size, defaults=row)[0]


def newest() -> SignedHead | None:
    """The newest checkpoint, or None."""
    return SignedHead.objects.last()


def with_cosignatures(head: SignedHead) -> str:
    """The note with every witness's line under it."""
    return head.note + "".join(head.cosignatures.values_list("line", flat=True))


def fetch(name: str) -> bytes:
    """A tile of hashes by its name, from the database; FileNotFoundError if there is none."""
    found = tiles.parsed(name)
    if found is None or found[0] == "entries":
        raise FileNotFoundError(name)
    level, index, width = found
    row = hashes_of(int(level), index, width)
    if len(row) < width:
        raise FileNotFoundError(name)
    return b"".join(row)


def witnesses() -> list[tuple[str, Verifier]]:
    """Address and key of each witness."""
    pairs = [entry.split() for entry in settings.AUDIT_WITNESSES]
    return [(url.rstrip("/"), Verifier.parse(key)) for url, key in pairs]


def standing() -> list[tuple[str, WitnessState | None]]:
    """Each witness that is configured, by name, and where it stands; None before its first answer."""
    states = WitnessState.objects.in_bulk()
    return [(verifier.name, states.get(verifier.name)) for _, verifier in witnesses()]


def show_witnesses() -> None:
    """Shows the newest checkpoint to each witness that has not co-signed it. What a witness objects to is kept."""
    head = newest()
    if head is None:
        return
    for url, verifier in witnesses():
        if not head.cosignatures.filter(witness=verifier.name).exists():
            _show(head, url, verifier)


def _show(head: SignedHead, url: str, verifier: Verifier) -> None:
    state, _ = WitnessState.objects.get_or_create(witness=verifier.name)
    status, answer = _ask(url, head, state.size)
    if status == 409 and answer.strip().isdecimal() and int(answer) < head.size:
        state.size = int(answer)  # the witness remembers another checkpoint of ours than we do
        status, answer = _ask(url, head, state.size)
    now = clock.now()
    if status == 0:
        return  # not reached: the page shows since when
    state.reached_at = now
    alarm = ""
    if status == 200:
        alarm = _keep(head, verifier, answer)
        state.size = state.size if alarm else head.size
    elif status == 409 and answer.strip().isdecimal() and int(answer) > head.size:
        alarm = f"rewound: the witness has seen {int(answer)} events, the log shows {head.size}"
    elif status in {409, 422}:
        alarm = "split view: the log is not the one that the witness has seen"
    else:
        alarm = f"refused with status {status}"
    if alarm and not state.alarm:
        state.alarm_at = now
    if not alarm:
        state.alarm_at = None
    state.alarm = alarm
    state.save()


def _ask(url: str, head: SignedHead, old: int) -> tuple[int, str]:
    """The witness's status and answer to add-checkpoint (C2SP tlog-witness); status 0 when it can't be reached."""
    path = consistency_path(tiles.reader(fetch, head.size), old, head.size) if old <= head.size else []
    lines = [f"old {min(old, head.size)}", *(base64.b64encode(node).decode() for node in path)]
    body = "\n".join(lines) + "\n\n" + head.note
    request = urllib.request.Request(f"{url}/add-checkpoint", body.encode(), method="POST")  # noqa: S310 - configured
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310 - configured
            return response.status, response.read(_ANSWER).decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read(_ANSWER).decode(errors="replace")
    except (OSError, UnicodeDecodeError):
        return 0, ""


def _keep(head: SignedHead, verifier: Verifier, answer: str) -> str:
    """Keeps the witness's line; returns what is wrong with it, if anything."""
    try:
        note = Note.parse(head.note + answer)
        note.require(verifier)
    except NoteError:
        return "the witness's answer does not verify"
    lines = [line for line in answer.splitlines(keepends=True) if line.startswith(f"— {verifier.name} ")]
    Cosignature.objects.get_or_create(head=head, witness=verifier.name, defaults={"line": lines[0], "at": clock.now()})
    return ""
