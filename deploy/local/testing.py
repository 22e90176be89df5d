"""`make test` and `make coverage`: the suite on databases of its own, gone afterwards; never on those of `make run`."""

import json
import os
import secrets
import shlex
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from deploy.local import programs
from deploy.local.databases import Databases
from deploy.local.run import BIN, python_environment
from deploy.local.services import Service, Stopped, Supervisor, stoppable
from deploy.local.state import ROOT, Problem, State, reason, remove_outside

NEEDED_BYTES = 1_000_000_000
INTERRUPTED = 130
_SUITE_RAN = {0, 1}  # pytest's exit codes for "all passed" and "some failed"


def main() -> int:
    supervisor = Supervisor()
    folder = Path(tempfile.mkdtemp(prefix="did-dars-test-"))
    try:
        with stoppable(supervisor):
            state = State(folder / "state", needed_bytes=NEEDED_BYTES)
            folder.chmod(0o711)  # the databases run as another user when this is root
            return _run_suite(folder, state, supervisor)
    except Stopped:
        return INTERRUPTED
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The tests can't go on: {reason(error)}.", file=sys.stderr)
        return 1
    finally:
        remove_outside(folder / "state")
        shutil.rmtree(folder, ignore_errors=True)


def _run_suite(folder: Path, state: State, supervisor: Supervisor) -> int:
    missing = programs.provide(_wanted(), supervisor, state)
    skipped = state.root / "tests-not-run"
    database_url, redis_url = Databases(state, supervisor, for_tests=True).start()
    environment = {
        **python_environment(),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "CHROMIUM": programs.chromium(),
        "PROGRAMS_MISSING": json.dumps(missing),
        "TESTS_NOT_RUN": str(skipped),
        "COVERAGE_FILE": str(state.root / "coverage"),
        "TMPDIR": str(folder),
        # Another order of sets in every run, the same in all its processes.
        "PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED") or str(secrets.randbelow(2**32)),
    }
    arguments = shlex.split(os.environ.get("ARGS", ""))
    # A part of the suite says nothing about the whole; and measuring takes half as long again.
    measured = not arguments and os.environ.get("COVERAGE") == "1"
    # By file: what the tests of a file share is then made once. In the order of tests/conftest.py: the longest first.
    whole = ["--numprocesses", str(os.cpu_count() or 1), "--dist", "loadfile", "--no-loadscope-reorder"]
    whole += ["--cov", "--cov-report="] if measured else []
    pytest = [str(BIN / "python"), "-m", "pytest", "--ds", "tests.settings", "-p", "deploy.local.program_tests"]
    pytest += arguments or whole
    print(f"PYTHONHASHSEED={environment['PYTHONHASHSEED']}", flush=True)
    code = supervisor.exit_code(Service("pytest", pytest, state.log("pytest"), environment, folder=ROOT))
    if measured and code in _SUITE_RAN:
        total = [str(BIN / "coverage"), "report", "--format=total"]
        report = Service("coverage", total, state.log("coverage"), environment, task=True)
        supervisor.run(report)
        print(f"Coverage: {state.log('coverage').read_text().strip()}% of lines and branches.", flush=True)
    return _count_what_did_not_run(skipped, missing) or code


def _wanted() -> tuple[programs.Program, ...]:
    """The checks by others' programs need no browser; campaigns need everything."""
    if os.environ.get("FOREIGN") == "1":
        return programs.FOREIGN
    return programs.SUITE + (programs.FOREIGN if os.environ.get("CAMPAIGN") == "1" else ())


def _count_what_did_not_run(skipped: Path, missing: dict[str, str]) -> int:
    """Says it in the last line; a failure where all programs are required (REQUIRE_PROGRAMS=1, as in .ci/run)."""
    wanted = skipped.read_text().splitlines() if skipped.exists() else []
    if not wanted:
        return 0
    called = {program.name: program.called for program in programs.SUITE + programs.FOREIGN}
    reasons = []
    for names, count in Counter(wanted).items():
        name = next((name for name in names.split() if name in missing), names.split()[0])
        reasons.append(f"{count} for want of {called[name]} ({missing.get(name, 'each gave its own reason above')})")
    print(f"{len(wanted)} tests could not run: {'; '.join(reasons)}.", flush=True)
    return 1 if os.environ.get("REQUIRE_PROGRAMS") == "1" else 0


if __name__ == "__main__":
    sys.exit(main())
