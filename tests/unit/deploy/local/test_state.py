"""A state folder: held by one process, private, with one clear line for each thing that can be wrong."""

import errno
import os
import shutil
import socket
import stat
from collections import namedtuple

import pytest

from deploy.local.state import Problem, State, free_port, reason, require_free_port

Usage = namedtuple("Usage", "total used free")


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_two_cannot_hold_one_folder(tmp_path):
    first = State(tmp_path / "state")
    with pytest.raises(Problem, match=rf"in use by process {os.getpid()}; stop it, or name another with STATE="):
        State(tmp_path / "state")
    first.release()
    State(tmp_path / "state").release()


def test_secrets_are_private_made_once_and_differ(tmp_path):
    state = State(tmp_path / "state")
    one, two = state.secret("one"), state.secret("two")
    assert one != two
    assert len(bytes.fromhex(one)) == 32
    assert state.secret("one") == one
    assert mode(state.secrets_folder / "one") == 0o600
    assert mode(state.secrets_folder) == mode(state.log_folder) == 0o700
    state.release()


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "state").write_text("")
    with pytest.raises(Problem, match="is not a folder"):
        State(tmp_path / "state")


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match=r"can't be used: not a directory\."):
        State(tmp_path / "file" / "state")


def test_a_full_disk_is_told_before_anything_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10, 10, 3_000_000))
    with pytest.raises(Problem, match=r"The disk is full: .* has 3 MB left and 1000 MB are needed"):
        State(tmp_path / "state")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EROFS, "this user may not write there"),
        (errno.EACCES, "this user may not write there"),
        (errno.EIO, "input/output error"),
    ],
)
def test_reasons_are_in_plain_words(number, words):
    assert reason(OSError(number, os.strerror(number))) == words


def test_a_port_in_use_is_named():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(Problem, match=rf"Port {port} is in use; .* choose another with PORT="):
            require_free_port("127.0.0.1", port)


def test_a_free_port_is_free():
    require_free_port("127.0.0.1", free_port())
