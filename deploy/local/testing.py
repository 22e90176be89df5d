"""`make test` and `make coverage`: the suite on databases of its own, gone afterwards; never on those of `make run`."""

import os
import secrets
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from deploy.local.browser import Browser, find_browser
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
    browser = find_browser(supervisor, state)
    skipped = state.root / "browser-tests-not-run"
    database_url, redis_url = Databases(state, supervisor, for_tests=True).start()
    environment = {
        **python_environment(),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "CHROMIUM": browser.program,
        "CHROMIUM_MISSING": browser.why_not,
        "BROWSER_TESTS_NOT_RUN": str(skipped),
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
    pytest = [str(BIN / "python"), "-m", "pytest", "--ds", "tests.settings", "-p", "deploy.local.browser_tests"]
    pytest += arguments or whole
    print(f"PYTHONHASHSEED={environment['PYTHONHASHSEED']}", flush=True)
    code = supervisor.exit_code(Service("pytest", pytest, state.log("pytest"), environment, folder=ROOT))
    if measured and code in _SUITE_RAN:
        total = [str(BIN / "coverage"), "report", "--format=total"]
        report = Service("coverage", total, state.log("coverage"), environment, task=True)
        supervisor.run(report)
        print(f"Coverage: {state.log('coverage').read_text().strip()}% of lines and branches.", flush=True)
    return _count_what_did_not_run(skipped, browser) or code


def _count_what_did_not_run(skipped: Path, browser: Browser) -> int:
    """Says it in the last line; a failure where the browser tests are required (REQUIRE_BROWSER=1, as in .ci/run)."""
    count = len(skipped.read_text().splitlines()) if skipped.exists() else 0
    if not count:
        return 0
    print(f"{count} browser tests could not run: {browser.why_not or 'each gave its own reason above'}.", flush=True)
    return 1 if os.environ.get("REQUIRE_BROWSER") == "1" else 0


if __name__ == "__main__":
    sys.exit(main())
