"""Spoiled answers and specifications: refused as what they are, or whole; never an error of ours."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from extracts.catalogue.public import ExtractSpec, SpecError, compile_spec
from tests.unit.extracts.engine.specs import lung_cancer_answers
from tests.unit.extracts.fuzzing import spoiled_json

COUNT = int(os.environ.get("FUZZ") or 1_000)
FIRST = int(os.environ.get("FUZZ_FIRST") or 0)
REFERENCE = "DARS-NIC-000001-B7C9D"


def compiled(answers: Any) -> ExtractSpec:
    return compile_spec(answers, REFERENCE, 1)


WHOLE: dict[str, tuple[Callable[[Any], ExtractSpec], Any]] = {
    "answers": (compiled, lung_cancer_answers()),
    "specification": (ExtractSpec.from_json, json.loads(json.dumps(compiled(lung_cancer_answers()).to_json()))),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_what_is_spoiled_is_refused_or_is_still_a_specification(kind: str) -> None:
    read, whole = WHOLE[kind]
    accepted = 0
    for number in range(FIRST, FIRST + COUNT):
        try:
            spec = read(spoiled_json(whole, number))
        except SpecError as error:
            assert error.problems and all(question and message for question, message in error.problems), number
        except Exception as error:
            raise AssertionError(f"spoiled by {number}: {type(error).__name__}") from error
        else:
            accepted += 1
            assert ExtractSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec, number
    assert accepted < COUNT
