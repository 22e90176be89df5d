"""What staff read about a failure never repeats what a library said."""

import errno
import logging

import pytest

from dars.core.errors import WrongState
from extracts.engine.errors import EngineError
from extracts.production.failures import CheckFailed, explain

SECRET = "9990000018"


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValueError(f"could not cast {SECRET}"), "unexpected"),
        (OSError(errno.ENOSPC, "No space left", f"/{SECRET}"), "no_room"),
        (OSError(errno.EIO, "Input/output error", f"/{SECRET}"), "storage"),
    ],
)
def test_no_library_s_words_get_through(error: Exception, code: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        failure = explain(raised(error))
    assert failure.code == code
    assert SECRET not in failure.message and SECRET not in caplog.text
    assert "test_failures.py" in caplog.text


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (WrongState("The agreement is suspended.", rule="agreement_not_live"), "agreement_not_live", "is suspended"),
        (EngineError("open did", "a bound file could not be read"), "engine", "open did"),
        (CheckFailed("opt-outs", "did: 3 rows of people who opted out"), "opt-outs", "3 rows"),
    ],
)
def test_what_we_say_ourselves_does(error: Exception, code: str, words: str) -> None:
    failure = explain(raised(error))
    assert failure.code == code and words in failure.message
