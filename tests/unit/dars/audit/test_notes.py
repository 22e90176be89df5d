"""Notes, checkpoints and cosignatures: the specification's own examples, and refusals."""

import pytest

from dars.audit.notes import COSIGNATURE, Checkpoint, Note, NoteError, Signer, Verifier, opened

LOG = Signer("dars.example/audit", bytes(range(32)))
WITNESS = Signer("witness.example/w1", bytes(range(1, 33)), COSIGNATURE)
HEAD = Checkpoint("dars.example/audit", 7, bytes(32))
# From signed-note, "Examples" of the Go documentation of sumdb/note.
PETER = Verifier.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
PETER_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def signed(*signers: Signer, head: Checkpoint = HEAD) -> str:
    return head.text + "\n" + "".join(signer.line(head.text, timestamp=1_700_000_000) for signer in signers)


def test_a_note_that_others_signed_opens() -> None:
    note = Note.parse(PETER_NOTE)
    assert note.require(PETER) == 0
    assert note.text.endswith("your problem is.\n")
    with pytest.raises(NoteError, match="false"):
        Note.parse(PETER_NOTE.replace("answer", "Answer")).require(PETER)


def test_a_checkpoint_opens_with_the_logs_key_and_no_other() -> None:
    assert opened(signed(LOG), LOG.verifier) == HEAD
    with pytest.raises(NoteError, match="no signature"):
        opened(signed(LOG), Signer(LOG.name, bytes(32)).verifier)
    with pytest.raises(NoteError, match="another log"):
        opened(signed(LOG, head=Checkpoint("other.example", 7, bytes(32))), LOG.verifier)


def test_a_cosignature_states_its_time_and_covers_it() -> None:
    note = Note.parse(signed(LOG, WITNESS))
    assert note.require(WITNESS.verifier) == 1_700_000_000
    later = signed(LOG) + WITNESS.line(HEAD.text, timestamp=1)
    assert Note.parse(later).require(WITNESS.verifier) == 1
    blob = bytearray(note.signatures[1].blob)
    blob[11] ^= 1  # the last byte of the time
    forged = Note(note.text, (note.signatures[0], type(note.signatures[1])(WITNESS.name, bytes(blob))))
    with pytest.raises(NoteError, match="false"):
        forged.require(WITNESS.verifier)


def test_keys_survive_writing_and_reading() -> None:
    for signer in (LOG, WITNESS):
        assert Verifier.parse(str(signer.verifier)) == signer.verifier


@pytest.mark.parametrize(
    "text", ["", "a+b", "dars+00000000+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "a b+1+AA=="]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n01\n" + "A" * 43 + "=\n",
        "a\n-1\n" + "A" * 43 + "=\n",
        "a\n1\nAAAA\n",
        "\n1\n" + "A" * 43 + "=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "note", ["text\n", "text\n\n", "text\n\nno dash\n", "te\txt\n\n— a AAAAAAA=\n", "text\n\n— a AAAAAAA="]
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        Note.parse(note)
