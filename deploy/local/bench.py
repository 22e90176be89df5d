"""`make bench`: how fast, in ratios inside one run (EVENTS, TIMES, ARGS, OUT); changes nothing of the service's."""

import subprocess
import sys

from deploy.local.run import BIN
from deploy.local.state import ROOT


def main() -> int:
    return subprocess.run([BIN / "python", "-m", "tests.bench"], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
